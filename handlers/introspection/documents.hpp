#pragma once
// What introspection shows (http-contract 10): coarser than the task metadata, without internal
// containers. Pure functions.

#include "handlers/introspection/health.hpp"
#include "model/world.hpp"

#include <string>
#include <string_view>

namespace handlers::introspection {

/// One task; for BodyCache.
std::string render_task(const model::World& world, const model::Task& task,
                        const model::Container* none);
/// {"Tasks":[…]} of documents that are rendered already.
std::string task_list(const std::vector<std::string_view>& tasks);
/// What a selector that fails is answered with: a task without content.
std::string no_task();
/// /v1/metadata
std::string render_instance(const model::Instance& instance);
/// /healthz
std::string render_health(const HealthReport& report);

} // namespace handlers::introspection
