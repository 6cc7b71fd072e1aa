#pragma once
// The engine's side of NRI for tests: frames as they were recorded (data/, from Docker Engine 29.8), and
// messages written by hand, so that what reads them is not what wrote them.

#include "agent/doors/nri/frames.hpp"
#include "agent/doors/nri/messages.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace doors_test {

namespace nri = agent::doors::nri;

/// The bytes of data/<name>.hex.
std::string recorded(const std::string& name);

/// The frames in these bytes; throws where there is anything else.
std::vector<nri::Frame> frames_of(std::string_view bytes);

// Protobuf: a field of bytes, and one of a number below 128.
std::string field(int number, std::string_view bytes);
std::string field(int number, int value);

nri::Container named_container(const std::string& name);
std::string message_of(const nri::Container& container);

/// A call of the service Plugin, as the engine sends it.
std::string call(std::uint32_t stream, std::string_view method, std::string_view payload);
std::string configure(std::uint32_t stream, std::string_view engine);
std::string synchronize(std::uint32_t stream, const std::vector<nri::Container>& containers,
                        bool more = false);
std::string create(std::uint32_t stream, const nri::Container& container);

} // namespace doors_test
