#include "agent/rules/accepted_host_file.hpp"

#include "base/files.hpp"
#include "base/private_file.hpp"

#include <utility>

namespace agent::rules {

using base::Error;
using base::Result;

namespace {

constexpr unsigned owner_only = 0600;

/// The first fault, and how many more there are.
Error refusal_of(Error first, std::size_t faults) {
    if (faults < 2)
        return first;
    return {first.code(), first.what() + " (and " + std::to_string(faults - 1) + " more)"};
}

std::optional<Error> keep(const std::string& text, const std::string& copy) {
    const auto kept = base::read_file(copy, largest_host_file);
    if (kept && *kept == text)
        return std::nullopt;
    const auto written = base::write_file_atomically(copy, text, owner_only);
    return written ? std::nullopt : std::optional(written.error() + copy);
}

} // namespace

Result<AcceptedHostFile> accept_host_file(const std::string& path, bool required,
                                          const std::string& copy) {
    const auto text = read_host_file_text(path, required);
    std::optional<Error> refusal;
    if (text) {
        HostFileFaults faults;
        auto file = parse_host_file(*text, path, &faults);
        if (file)
            return AcceptedHostFile{std::move(*file), std::nullopt, keep(*text, copy)};
        refusal = refusal_of(std::move(file).error() + path, faults.size());
    } else {
        refusal = text.error();
    }
    const auto kept = base::read_trusted_file(copy, largest_host_file, base::Readers::owner_only);
    if (!kept)
        return std::move(*refusal);
    auto before = parse_host_file(*kept, path);
    // Of a release that knew other sections.
    if (!before)
        return std::move(*refusal);
    return AcceptedHostFile{std::move(*before), std::move(refusal)};
}

} // namespace agent::rules
