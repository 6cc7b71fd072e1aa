#include "agent/tasks/moments.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <optional>

namespace agent::tasks {

namespace log = base::log;

namespace {

std::string text_of(const std::optional<std::int64_t>& exit_code) {
    return exit_code ? std::to_string(*exit_code) : std::string();
}

void tell(const std::string& task_arn, const Moment& moment) {
    const auto& container = *moment.container;
    if (moment.is_start)
        log::info("container started", {{"task", task_arn},
                                        {"container", container.name},
                                        {"docker_id", container.docker_id}});
    else
        log::info("container stopped", {{"task", task_arn},
                                        {"container", container.name},
                                        {"exit_code", text_of(container.exit_code)},
                                        {"reason", container.stop_reason}});
}

} // namespace

void tell_in_order(const std::string& task_arn, std::vector<Moment> moments) {
    std::ranges::stable_sort(moments, {}, &Moment::time);
    for (const auto& moment : moments)
        tell(task_arn, moment);
}

} // namespace agent::tasks
