#pragma once
// The settings of ECS's agent and of its init program that have no effect here, each with the reason.
// Those that have one are rows of options.hpp. Pure; any thread.

#include <span>
#include <string_view>

namespace agent::config {

struct EcsKey {
    std::string_view name; ///< as ecs.config has it
    std::string_view why;  ///< it changes nothing here
};

std::span<const EcsKey> keys_without_effect();

bool is_key_without_effect(std::string_view name);

} // namespace agent::config
