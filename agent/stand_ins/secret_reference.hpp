#pragma once
// What a `valueFrom` names: a secret of AWS Secrets Manager or a parameter of Systems Manager, by ARN or
// by name. Pure; any thread.

#include <string>
#include <string_view>
#include <vector>

namespace agent::stand_ins {

struct SecretReference {
    std::string
        secret;      ///< without what is behind the secret's ARN: key, version stage and version id
    std::string key; ///< of the JSON that the secret is; "": the secret is wanted whole
    /// What a pattern may describe: the text as it stands, `secret`, and the secret's or the parameter's
    /// own name, without the six characters that Secrets Manager puts behind it too.
    std::vector<std::string> names;
};

SecretReference read_secret_reference(std::string_view value_from);

} // namespace agent::stand_ins
