#include "agent/host/chrony_protocol.hpp"

#include <algorithm>
#include <cmath>

namespace agent::host {

using base::Errc;
using base::Error;
using base::Result;
using Packet = std::span<const std::uint8_t>;

namespace {

constexpr std::uint8_t protocol_version = 6;
constexpr std::uint8_t is_request = 1;
constexpr std::uint8_t is_answer = 2;
constexpr std::uint16_t asks_tracking = 33;
constexpr std::uint16_t tells_tracking = 5;
constexpr std::uint16_t success = 0;
constexpr std::uint16_t leap_unsynchronised = 3;

// Where the fields begin.
constexpr std::size_t request_command = 4;
constexpr std::size_t request_sequence = 8;
constexpr std::size_t answer_command = 4;
constexpr std::size_t answer_kind = 6;
constexpr std::size_t answer_status = 8;
constexpr std::size_t answer_sequence = 16;
constexpr std::size_t answer_header_bytes = 28;
constexpr std::size_t leap_status = 54;
constexpr std::size_t reference_seconds_high = 56;
constexpr std::size_t reference_seconds_low = 60;
constexpr std::size_t reference_nanoseconds = 64;
constexpr std::size_t current_correction = 68;
constexpr std::size_t root_delay = 92;
constexpr std::size_t root_dispersion = 96;

std::uint16_t read_16(Packet packet, std::size_t at) {
    return static_cast<std::uint16_t>(packet[at] << 8 | packet[at + 1]);
}

std::uint32_t read_32(Packet packet, std::size_t at) {
    return std::uint32_t{read_16(packet, at)} << 16 | read_16(packet, at + 2);
}

/// chrony's own format: 7 bits of exponent and 25 of coefficient, both signed.
double read_float(Packet packet, std::size_t at) {
    constexpr int coefficient_bits = 25;
    const auto bits = read_32(packet, at);
    const auto exponent = static_cast<std::int32_t>(bits) >> coefficient_bits;
    const auto coefficient = static_cast<std::int32_t>(bits << 7) >> 7;
    return std::ldexp(coefficient, exponent - coefficient_bits);
}

/// Nothing when there was none yet, or when it is no time of ours (before 1970, after 2242).
std::optional<base::Time> read_reference(Packet packet) {
    constexpr std::uint32_t no_high_half = 0x7FFFFFFF;
    constexpr std::uint32_t last_high_half = 1;
    const auto high = read_32(packet, reference_seconds_high);
    const auto low = read_32(packet, reference_seconds_low);
    const std::uint64_t upper = high == no_high_half ? 0 : high;
    const auto nanoseconds = read_32(packet, reference_nanoseconds);
    if (upper > last_high_half || nanoseconds >= 1'000'000'000 || (upper == 0 && low == 0))
        return std::nullopt;
    const auto seconds = static_cast<std::int64_t>(upper << 32 | low);
    return base::Time(std::chrono::seconds(seconds) + std::chrono::nanoseconds(nanoseconds));
}

Result<> check_header(Packet packet, std::uint32_t sequence) {
    const auto wrong = [](const std::string& what) {
        return Error(Errc::protocol, "chronyd's answer " + what);
    };
    if (packet.size() < answer_header_bytes)
        return wrong("is cut off");
    if (packet[0] != protocol_version)
        return wrong("has version " + std::to_string(packet[0]) + " of its protocol, not 6");
    if (packet[1] != is_answer || read_16(packet, answer_command) != asks_tracking ||
        read_32(packet, answer_sequence) != sequence)
        return wrong("is to another question");
    if (const auto status = read_16(packet, answer_status); status != success)
        return wrong("is a refusal, status " + std::to_string(status));
    if (read_16(packet, answer_kind) != tells_tracking)
        return wrong("tells something else");
    return packet.size() < tracking_bytes ? wrong("is cut off") : Result<>();
}

} // namespace

TrackingRequest tracking_request(std::uint32_t sequence) {
    TrackingRequest packet{};
    packet[0] = protocol_version;
    packet[1] = is_request;
    packet[request_command + 1] = asks_tracking;
    for (std::size_t i = 0; i < sizeof sequence; ++i)
        packet[request_sequence + i] = static_cast<std::uint8_t>(sequence >> (24 - 8 * i));
    return packet;
}

Result<model::ClockDrift> read_tracking(Packet packet, std::uint32_t sequence) {
    TRY(check_header(packet, sequence));
    const auto bound = std::abs(read_float(packet, current_correction)) +
                       read_float(packet, root_dispersion) + read_float(packet, root_delay) / 2;
    if (bound < 0)
        return Error(Errc::protocol, "chronyd's answer has a negative error");
    model::ClockDrift drift;
    drift.error_bound_ms = bound * 1000;
    drift.synchronized = read_16(packet, leap_status) != leap_unsynchronised;
    drift.reference = read_reference(packet);
    return drift;
}

} // namespace agent::host
