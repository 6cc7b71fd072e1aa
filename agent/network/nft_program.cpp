#include "agent/network/nft_program.hpp"

#include "base/process.hpp"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

namespace agent::network {

namespace {

/// One line of it for the log.
std::string one_line(std::string words) {
    while (!words.empty() && words.back() == '\n')
        words.pop_back();
    std::ranges::replace(words, '\n', ' ');
    return words;
}

} // namespace

base::Result<std::string> find_nft_program() {
    for (const auto* path : {"/usr/sbin/nft", "/usr/bin/nft", "/sbin/nft", "/usr/local/sbin/nft"})
        if (::access(path, X_OK) == 0)
            return std::string(path);
    return base::Error(base::Errc::not_found,
                       "the nft program is not installed (package nftables)");
}

base::Result<> run_nft(std::string_view input) {
    base::Program program;
    TRY(program.path, find_nft_program());
    program.arguments = {"-f", "-"};
    program.input = input;
    program.limit = std::chrono::seconds(5);
    TRY(auto ending, base::run_program(program));
    if (ending.status != 0)
        return base::Error(base::Errc::io, "nft: " + one_line(std::move(ending.err)));
    return {};
}

} // namespace agent::network
