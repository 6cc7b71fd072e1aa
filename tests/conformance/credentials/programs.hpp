#pragma once
// The clients of credentials that others wrote, as programs in clients/ that say what they found: how
// they are run, and what each says where an id is nobody's.

#include "tests/integration/support/command.hpp"

#include <string>
#include <vector>

namespace conformance {

struct Program {
    std::string name;
    integration::Words words;
    std::string of_nobody;   ///< part of its error for an id that is nobody's
    bool sends_token = true; ///< AWS_CONTAINER_AUTHORIZATION_TOKEN
    bool refreshes = false;  ///< "refresh" makes it keep its keys until their end, and ask anew
    std::string bucket = {}; ///< what it asks S3 for, with keys that it does not show
};

/// All of them, installed; throws where they cannot be. The first call takes its time.
const std::vector<Program>& programs();

/// Those that refresh.
std::vector<Program> refreshing_programs();

/// Where their sources are, and what was installed for them: node_modules/, gov2.
inline const std::string sources_folder = CREDENTIALS_FOLDER "/clients";
inline const std::string installed_folder = CLIENTS_FOLDER;

/// Of those that are programs for node.
std::string path_of_node();

} // namespace conformance
