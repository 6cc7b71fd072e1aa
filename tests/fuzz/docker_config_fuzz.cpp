// What `docker login` and ECS_ENGINE_AUTH_DATA hold (agent/image/docker_config,
// agent/config/registry_logins): all of it is secret, so no error repeats any of it.

#include "agent/config/registry_logins.hpp"
#include "agent/image/docker_config.hpp"
#include "agent/image/registry_name.hpp"
#include "tests/fuzz/support.hpp"

namespace {

using agent::config::EngineAuthType;
using fuzz::require;

void check_error(const base::Error& error) {
    require(error.code() == base::Errc::invalid_argument, "another error");
    // What is secret in the corpus has this in it.
    require(error.what().find("MARKER") == std::string::npos,
            "an error shows the file: " + error.what());
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    const auto parsed = agent::image::parse_docker_config(text);
    if (!parsed)
        check_error(parsed.error());
    for (const auto type : {EngineAuthType::docker, EngineAuthType::dockercfg})
        if (const auto logins = agent::config::parse_registry_logins(type, text); !logins)
            check_error(logins.error());
    const auto registry = agent::image::registry_of(text);
    require(!registry.empty() && registry.size() <= std::max<std::size_t>(size, 9),
            "an image comes from nowhere");
    require(agent::image::registry_of_key(text).size() <= std::max<std::size_t>(size, 9),
            "a registry that nobody named");
    return 0;
}
