// What is said of a container's life: whom it waits for, when it is well, when it starts again.

#include "agent/definition/tables.hpp"
#include "agent/definition/values.hpp"

namespace agent::definition {

namespace {

using base::Result;

constexpr std::size_t max_ignored_exit_codes = 50; ///< as ECS

Result<std::vector<std::string>> read_check_command(const Json& value, const Place& place) {
    TRY(auto command, read_texts(value, place));
    const auto kind = command.empty() ? std::string() : command.front();
    const bool is_kind = kind == "NONE" || kind == "CMD" || kind == "CMD-SHELL";
    const bool sound = (kind == "NONE" && command.size() == 1) ||
                       (kind == "CMD" && command.size() > 1) ||
                       (kind == "CMD-SHELL" && command.size() == 2) ||
                       // What becomes of it is decided with the container.
                       (!kind.empty() && !is_kind);
    if (!sound)
        return refuse(place, R"(expected ["CMD-SHELL", "a command line"], ["CMD", "program", )"
                             R"("arguments"...] or ["NONE"])");
    return command;
}

Result<std::vector<std::int64_t>> read_exit_codes(const Json& value, const Place& place) {
    TRY(auto codes, (read_each<read_whole<0, 255>>(value, place)));
    if (codes.size() > max_ignored_exit_codes)
        return refuse(place, "at most " + std::to_string(max_ignored_exit_codes) +
                                 " exit codes, got " + std::to_string(codes.size()));
    return codes;
}

} // namespace

Table<Dependency> dependency_table() {
    using enum Dependency::Condition;
    static constexpr auto rows = std::to_array<FieldRow<Dependency>>({
        required<&Dependency::container, read_name>("containerName"),
        required<&Dependency::condition, read_word<start, complete, success, healthy>>("condition"),
    });
    return {rows};
}

Table<HealthCheck> health_check_table() {
    using H = HealthCheck;
    static constexpr auto rows = std::to_array<FieldRow<H>>({
        required<&H::command, read_check_command>("command"),
        honoured<&H::interval, read_seconds<5, 300>>("interval"),
        honoured<&H::timeout, read_seconds<2, 120>>("timeout"),
        honoured<&H::retries, read_whole<1, 10>>("retries"),
        honoured<&H::start_period, read_seconds<0, 300>>("startPeriod"),
    });
    return {rows};
}

Table<RestartPolicy> restart_policy_table() {
    using R = RestartPolicy;
    static constexpr auto rows = std::to_array<FieldRow<R>>({
        required<&R::enabled, read_flag>("enabled"),
        honoured<&R::ignored_exit_codes, read_exit_codes>("ignoredExitCodes"),
        // ECS wants 60 or more.
        honoured<&R::attempt_period, read_seconds<1, 1800>>("restartAttemptPeriod"),
    });
    return {rows};
}

} // namespace agent::definition
