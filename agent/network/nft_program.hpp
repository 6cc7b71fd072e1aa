#pragma once
// Runs the nft program on an input. Blocks, 5 s at most.

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace agent::network {

/// Where it is; not_found, naming the package, when it is not installed.
base::Result<std::string> find_nft_program();

/// `nft -f -`. not_found: it is not installed; timeout: it was killed after 5 s; io: it refused,
/// its own words are in the text.
base::Result<> run_nft(std::string_view input);

} // namespace agent::network
