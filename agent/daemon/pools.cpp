#include "agent/daemon/pools.hpp"

namespace agent::daemon {

void Pools::each(const Visit& visit) {
    visit("files", files);
    visit("network", network);
    visit("kernel", kernel);
    visit("cgroups", cgroups);
    visit("cgroup_removal", cgroup_removal);
    visit("tasks_folder", tasks_folder);
    visit("environment_files", environment_files);
    visit("docker_disk", docker_disk);
    visit("login_files", login_files);
    visit("home_files", home_files);
    visit("key_files", key_files);
    visit("secret_files", secret_files);
    visit("login_helpers", login_helpers);
    visit("key_programs", key_programs);
    visit("secret_programs", secret_programs);
}

void Pools::join() {
    each([](std::string_view /*name*/, base::WorkerPool& pool) { pool.join(); });
}

} // namespace agent::daemon
