#include "base/ids.hpp"

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

namespace base {

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
