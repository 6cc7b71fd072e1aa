#include "agent/docker/types.hpp"

#include <charconv>

namespace agent::docker {

namespace {

/// The whole text as a small number; -1 when it is none.
int to_number(std::string_view text) {
    int value = -1;
    const auto* end = text.data() + text.size();
    const auto [rest, failure] = std::from_chars(text.data(), end, value);
    return failure == std::errc() && rest == end ? value : -1;
}

} // namespace

std::string ApiVersion::to_string() const {
    return std::to_string(major) + "." + std::to_string(minor);
}

base::Result<ApiVersion> parse_api_version(std::string_view text) {
    const auto dot = text.find('.');
    if (dot != std::string_view::npos) {
        const ApiVersion version{to_number(text.substr(0, dot)), to_number(text.substr(dot + 1))};
        if (version.major >= 0 && version.minor >= 0)
            return version;
    }
    return base::Error(base::Errc::invalid_argument, "expected an API version as \"1.24\", got \"" +
                                                         std::string(text.substr(0, 64)) + "\"");
}

bool EngineInfo::selinux() const {
    for (const auto& option : security_options) {
        if (option == "selinux" || option == "name=selinux" || option.starts_with("name=selinux,"))
            return true;
    }
    return false;
}

} // namespace agent::docker
