#pragma once
// What Docker's engine asks of a volume plugin, and how it is answered: the documents of its plugin
// protocol, version 1. Pure; any thread.

#include "base/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace agent::doors::volumes {

/// What does the engine want?
enum class Method { activate, capabilities, create, get, list, mount, path, unmount, remove };

struct Call {
    Method method = Method::activate;
    std::string volume; ///< one that is_volume_name() takes; "" where the call is of none
};

/// 1 to 255 letters, digits and `_ . -`, the first of which is a letter or a digit: what Docker takes, and
/// a plain name of a directory.
bool is_volume_name(std::string_view name);

/// `path` is the request's ("/VolumeDriver.Mount"). not_found: there is no such call. invalid_argument: a
/// body that does not say of which volume, or asks for options, of which there are none.
base::Result<Call> read_call(std::string_view path, std::string_view body);

/// A volume as the engine is told of it.
struct Shown {
    std::string name;
    std::string mountpoint; ///< its directory on this host
};

/// That something is done, or why not: a sentence that the engine shows to its user; "" for done.
std::string render_outcome(std::string_view why_not);
std::string render_volume(const Shown& volume);
std::string render_list(const std::vector<Shown>& volumes);
std::string render_mountpoint(std::string_view directory);
std::string render_activation(bool is_driver);
/// Volumes are this host's alone.
std::string render_capabilities();

} // namespace agent::doors::volumes
