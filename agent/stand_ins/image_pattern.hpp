#pragma once
// Names of images, and which a pattern describes. Pure; any thread.

#include <string_view>

namespace agent::stand_ins {

/// An image as it was named, with or without its tag and digest; one of Docker Hub's in its short form
/// ("nginx") or in full ("docker.io/library/nginx").
bool image_matches(std::string_view pattern, std::string_view image);

/// Without tag and digest.
std::string_view image_repository(std::string_view image);

} // namespace agent::stand_ins
