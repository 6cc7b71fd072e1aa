#pragma once
// The types of configuration values and their one textual form, the same in every source. Each
// from_string returns invalid_argument with "expected …, got '…'". Pure; any thread.

#include "base/error.hpp"
#include "base/log.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace agent::config {

/// How long: Go's syntax ("10m", "1h30m", "500ms"; "0"), rounded to the millisecond, at most ten years.
using Duration = std::chrono::milliseconds;

/// How much: bytes, written as a count or with KiB, MiB, GiB ("64KiB").
struct Size {
    std::uint64_t bytes = 0;
    bool operator==(const Size&) const = default;
};

/// An IPv4 network, "169.254.172.0/22"; the bits behind the prefix are zero.
struct Ipv4Network {
    std::uint32_t address = 0; ///< host byte order
    int prefix_length = 32;
    bool operator==(const Ipv4Network&) const = default;
};

/// Ports from the first to the last, both included: "49153-65535"; or one: "8080".
struct PortRange {
    std::uint16_t first = 0;
    std::uint16_t last = 0;
    bool operator==(const PortRange&) const = default;
};

/// How often may be asked: so often a second, and so much at once: "40,60".
struct Rate {
    std::uint32_t steady = 0;
    std::uint32_t burst = 0;
    bool operator==(const Rate&) const = default;
};

/// A text that is never shown: its to_string() is "<hidden>", or nothing for nothing.
struct Secret {
    std::string text;
};

/// "a,b" or ["a","b"].
using List = std::vector<std::string>;
/// [22,80], or "22,80".
using Ports = std::vector<std::uint16_t>;
/// {"key":"value"}, as ECS_CONTAINER_INSTANCE_TAGS; ordered by key.
using Tags = std::map<std::string, std::string>;

base::Result<> from_string(std::string_view text, std::string& value);
base::Result<> from_string(std::string_view text, bool& value);
base::Result<> from_string(std::string_view text, std::uint16_t& value);
base::Result<> from_string(std::string_view text, std::uint32_t& value);
base::Result<> from_string(std::string_view text, Duration& value);
base::Result<> from_string(std::string_view text, Size& value);
base::Result<> from_string(std::string_view text, Ipv4Network& value);
base::Result<> from_string(std::string_view text, PortRange& value);
base::Result<> from_string(std::string_view text, Rate& value);
base::Result<> from_string(std::string_view text, Secret& value);
base::Result<> from_string(std::string_view text, List& value);
base::Result<> from_string(std::string_view text, Ports& value);
base::Result<> from_string(std::string_view text, Tags& value);
/// In small letters or capitals.
base::Result<> from_string(std::string_view text, base::log::Level& value);

std::string to_string(const std::string& value);
std::string to_string(bool value);
std::string to_string(std::uint16_t value);
std::string to_string(std::uint32_t value);
std::string to_string(Duration value);
std::string to_string(Size value);
std::string to_string(const Ipv4Network& value);
std::string to_string(const PortRange& value);
std::string to_string(const Rate& value);
std::string to_string(const Secret& value);
std::string to_string(const List& value);
std::string to_string(const Ports& value);
std::string to_string(const Tags& value);
std::string to_string(base::log::Level value);

/// The text in quotes for an error, shortened.
std::string quote(std::string_view text);

} // namespace agent::config
