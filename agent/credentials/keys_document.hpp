#pragma once
// Keys as programs and AWS's services print them: the JSON of `credential_process`, and that of the
// instance metadata service, which calls the token by another name. Pure.

#include "agent/credentials/keys.hpp"
#include "base/error.hpp"

#include <string>

namespace agent::credentials {

/// {"Version":1,"AccessKeyId":…,"SecretAccessKey":…[,"SessionToken":…][,"Expiration":…]}; further
/// fields are passed over. The text is wiped. invalid_argument names the field and repeats nothing
/// of it; unsupported: another version; unavailable: keys that have expired by `now`.
base::Result<Keys> read_keys(std::string& document, base::Time now);

/// The same of parts that were read elsewhere: all are printable ASCII, and not too long. An
/// expiration is RFC 3339, or "".
base::Result<Keys> check_keys(Keys keys, std::string_view expiration, base::Time now);

} // namespace agent::credentials
