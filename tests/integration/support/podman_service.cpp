#include "tests/integration/support/podman_service.hpp"

#include "tests/integration/support/command.hpp"
#include "tests/integration/support/wait.hpp"

#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace integration {

using std::chrono::seconds;

namespace {

/// Its own default for limits is what the kernel allows at most, and a machine may allow less. With
/// networks by netavark it is the same on every host, whatever else is installed.
constexpr auto configuration = R"([containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[network]
network_backend = "netavark"
)";

Words words_for(const std::string& directory) {
    return {"setpriv", "--pdeathsig", "TERM", "env",
            "CONTAINERS_CONF=" + directory + "/containers.conf",
            // Its timers are systemd's, which a sandbox has not.
            "DISABLE_HC_SYSTEMD=true", "podman", "--root", directory + "/root", "--runroot",
            directory + "/run", "--tmpdir", directory + "/tmp", "--network-config-dir",
            directory + "/networks", "--cgroup-manager", "cgroupfs", "--events-backend", "file",
            "system", "service", "--time", "0", "unix://" + directory + "/podman.sock"};
}

} // namespace

PodmanService::PodmanService(std::string directory) : directory_(std::move(directory)) {
    // crun takes no host for one of cgroups v1 that has a hierarchy of version 2 beside them.
    shell("mkdir -p " + directory_ +
          "/networks; ! mountpoint -q /sys/fs/cgroup/unified || "
          "umount /sys/fs/cgroup/unified");
    std::ofstream(directory_ + "/containers.conf") << configuration;
    const auto log = directory_ + "/log";
    pid_ = start_program(words_for(directory_), log);
    ::setenv("DOCKER_HOST", ("unix://" + directory_ + "/podman.sock").c_str(), 1);
    const bool answers = eventually(seconds(30), [] {
        return run({"docker", "version"}).status == 0;
    });
    if (!answers)
        throw std::runtime_error("podman does not start: " + run({"tail", "-n", "5", log}).out);
}

PodmanService::~PodmanService() {
    run({"sh", "-c", "docker ps --all --quiet | xargs -r docker rm --force"});
    ::unsetenv("DOCKER_HOST");
    if (pid_ > 0) {
        int status = 0;
        ::kill(pid_, SIGTERM);
        if (!eventually(seconds(20), [&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; }))
            ::kill(pid_, SIGKILL);
    }
    run({"sh", "-c",
         "for m in $(grep -o '" + directory_ +
             "[^ ]*' /proc/self/mounts | sort -r); do umount $m; done; rm -rf " + directory_});
}

} // namespace integration
