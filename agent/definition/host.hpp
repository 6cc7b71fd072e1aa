#pragma once
// What of this host a definition's text is read with. A value.

#include "agent/tables/findings.hpp"

#include <string>

namespace agent::definition {

struct Host {
    std::string region = "us-east-1";        ///< AWS::Region of a template
    std::string account_id = "000000000000"; ///< AWS::AccountId
    /// What becomes of fields that are not supported.
    tables::UnsupportedFields unsupported;
};

} // namespace agent::definition
