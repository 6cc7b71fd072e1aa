#include "agent/stand_ins/image_pattern.hpp"

#include "base/text.hpp"

#include <string>

namespace agent::stand_ins {

namespace {

constexpr std::string_view hub = "docker.io/";

/// "docker.io/library/nginx:1" for "nginx:1": with the registry that Docker takes it from.
std::string in_full(std::string_view image) {
    const auto slash = image.find('/');
    const auto first = image.substr(0, slash);
    const bool has_registry =
        slash != std::string_view::npos &&
        (first.find_first_of(".:") != std::string_view::npos || first == "localhost");
    if (first == "index.docker.io")
        image.remove_prefix(first.size() + 1);
    else if (has_registry && !image.starts_with(hub))
        return std::string(image);
    else if (has_registry)
        image.remove_prefix(hub.size());
    const bool is_official = image.find('/') == std::string_view::npos;
    return std::string(hub) + (is_official ? "library/" : "") + std::string(image);
}

/// The same as Docker prints it: "nginx:1".
std::string_view familiar(std::string_view in_full) {
    if (!in_full.starts_with(hub))
        return in_full;
    in_full.remove_prefix(hub.size());
    constexpr std::string_view official = "library/";
    return in_full.starts_with(official) ? in_full.substr(official.size()) : in_full;
}

std::string_view without_digest(std::string_view image) {
    return image.substr(0, image.find('@'));
}

} // namespace

std::string_view image_repository(std::string_view image) {
    image = without_digest(image);
    const auto colon = image.rfind(':');
    const bool is_port =
        colon != std::string_view::npos && image.find('/', colon) != std::string_view::npos;
    return is_port ? image : image.substr(0, colon);
}

bool image_matches(std::string_view pattern, std::string_view image) {
    // An id has no name before its colon.
    if (image.starts_with("sha256:"))
        return base::matches(pattern, image);
    auto whole = in_full(image);
    // What is named without one has this tag.
    if (image_repository(whole) == whole)
        whole += ":latest";
    for (const std::string_view form : {std::string_view(whole), familiar(whole)})
        if (base::matches(pattern, form) || base::matches(pattern, without_digest(form)) ||
            base::matches(pattern, image_repository(form)))
            return true;
    return false;
}

} // namespace agent::stand_ins
