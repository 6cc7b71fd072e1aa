#include "agent/daemon/stages.hpp"

#include <array>

namespace agent::daemon {

std::span<const Stage> daemon_stages() {
    using config::ExitCode;
    static constexpr std::array<Stage, 15> stages{{
        {"take_lock", take_lock, nullptr, ExitCode::already_running},
        {"check_host", check_host, nullptr, ExitCode::environment},
        {"open_state", open_state, nullptr, ExitCode::failure, ExitCode::newer_state},
        {"identify_host", identify_host, nullptr, ExitCode::configuration},
        {"open_bridge", open_bridge, stop_tasks, ExitCode::environment},
        {"open_docker", open_docker, nullptr, ExitCode::environment},
        {"prepare_tasks", prepare_tasks, nullptr, ExitCode::environment},
        {"load_credentials", load_credentials, nullptr, ExitCode::configuration},
        {"load_rules", load_rules, nullptr, ExitCode::configuration},
        {"open_volumes", open_volumes, close_volumes, ExitCode::environment},
        {"connect_docker", connect_docker, nullptr, ExitCode::failure},
        {"start_servers", start_servers, stop_servers, ExitCode::environment},
        {"open_doors", open_doors, close_doors, ExitCode::environment},
        {"run_tasks", run_tasks, nullptr, ExitCode::failure},
        {"notify_ready", notify_ready, notify_stopping, ExitCode::failure},
    }};
    return stages;
}

config::ExitCode exit_code_of(const Stage& stage, const base::Error& failure) {
    if (failure.code() == base::Errc::unsupported)
        return stage.on_unsupported.value_or(stage.on_failure);
    return stage.on_failure;
}

} // namespace agent::daemon
