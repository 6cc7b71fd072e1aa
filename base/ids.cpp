#include "base/ids.hpp"

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <sys/random.h>

#include <cerrno>
#include <stdexcept>
#include <vector>

namespace base {

std::string random_hex(std::size_t bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::vector<unsigned char> raw(bytes);
    for (std::size_t have = 0; have < raw.size();) {
        const auto count = ::getrandom(raw.data() + have, raw.size() - have, 0);
        if (count < 0 && errno != EINTR)
            throw std::runtime_error("getrandom failed");
        if (count > 0)
            have += static_cast<std::size_t>(count);
    }
    std::string text;
    for (const auto byte : raw) {
        text += digits[byte >> 4];
        text += digits[byte & 0xF];
    }
    return text;
}

std::string random_uuid() {
    boost::uuids::random_generator generator;
    return boost::uuids::to_string(generator());
}

std::string name_uuid(std::string_view name) {
    const auto space = boost::uuids::name_generator_sha1(boost::uuids::ns::dns())("ecs-node-agent");
    boost::uuids::name_generator_sha1 generator(space);
    return boost::uuids::to_string(generator(name.data(), name.size()));
}

} // namespace base
