#include "doors/nri/wire.hpp"

#include <fstream>
#include <stdexcept>

namespace doors_test {

namespace {

void append_varint(std::string& bytes, std::size_t number) {
    for (; number >= 0x80; number >>= 7)
        bytes += static_cast<char>((number & 0x7f) | 0x80);
    bytes += static_cast<char>(number);
}

} // namespace

std::string recorded(const std::string& name) {
    std::ifstream file(std::string(NRI_FRAMES_FOLDER) + '/' + name + ".hex");
    std::string digits;
    file >> digits;
    std::string bytes;
    for (std::size_t at = 0; at + 1 < digits.size(); at += 2)
        bytes += static_cast<char>(std::stoi(digits.substr(at, 2), nullptr, 16));
    if (bytes.empty())
        throw std::runtime_error("there is no recorded frame " + name);
    return bytes;
}

std::vector<nri::Frame> frames_of(std::string_view bytes) {
    nri::FrameDecoder decoder;
    std::vector<nri::Frame> frames;
    decoder.read(bytes, frames).value();
    std::string again;
    for (const auto& frame : frames)
        again += nri::encode(frame);
    if (again != bytes)
        throw std::runtime_error("there is more in these bytes than frames");
    return frames;
}

std::string field(int number, std::string_view bytes) {
    std::string written;
    append_varint(written, static_cast<std::size_t>(number) << 3 | 2);
    append_varint(written, bytes.size());
    return written.append(bytes);
}

std::string field(int number, int value) {
    std::string written;
    append_varint(written, static_cast<std::size_t>(number) << 3);
    append_varint(written, static_cast<std::size_t>(value));
    return written;
}

nri::Container named_container(const std::string& name) {
    nri::Container container;
    container.id = std::string(64, 'c');
    container.name = name;
    return container;
}

std::string message_of(const nri::Container& container) {
    auto message = field(1, container.id) + field(2, container.id) + field(3, container.name);
    for (const auto& [name, value] : container.labels)
        message += field(5, field(1, name) + field(2, value));
    for (const auto& variable : container.environment)
        message += field(8, variable);
    return message;
}

std::string call(std::uint32_t stream, std::string_view method, std::string_view payload) {
    nri::Frame frame;
    frame.stream = stream;
    frame.data = field(1, "nri.pkg.api.v1alpha1.Plugin") + field(2, method) + field(3, payload);
    return nri::encode(frame);
}

std::string configure(std::uint32_t stream, std::string_view engine) {
    return call(stream, "Configure", field(2, engine) + field(3, "29.8.0"));
}

std::string synchronize(std::uint32_t stream, const std::vector<nri::Container>& containers,
                        bool more) {
    std::string payload;
    for (const auto& container : containers)
        payload += field(2, message_of(container));
    if (more)
        payload += field(3, 1);
    return call(stream, "Synchronize", payload);
}

std::string create(std::uint32_t stream, const nri::Container& container) {
    return call(stream, "CreateContainer", field(2, message_of(container)));
}

} // namespace doors_test
