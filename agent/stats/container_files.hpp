#pragma once
// The files that tell what one running container uses, opened once and read anew each time.
// Opening finds and checks the container's cgroups; reading takes about 15 files in some 30 µs.
// All calls block: offload them. A value that several threads may use at once; whoever destroys it
// last closes the files. After the container's end read() says so, and it never sees another
// container, whatever process has its number then. Keeps no network namespace alive.

#include "agent/stats/cgroup_folders.hpp"
#include "agent/stats/readings.hpp"
#include "base/error.hpp"
#include "base/fd_linux.hpp"
#include "model/stats.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace agent::stats {

/// The host as it is seen.
struct Host {
    std::string proc = "/proc";
    std::uint64_t memory_bytes = 0; ///< no container can use more

    static Host this_one();
};

/// Whose files.
struct Subject {
    std::int64_t pid = 0;
    std::string docker_id;
    std::string task_id;
    /// It has a network namespace that is not the host's.
    bool own_network = true;
};

class ContainerFiles {
public:
    /// not_found: there is no such process here, it is in no cgroup of that container, or none of the
    /// cgroup's files is here.
    static base::Result<std::shared_ptr<const ContainerFiles>> open(const Host& host,
                                                                    const Subject& subject);

    /// What it uses now; nothing when it has ended.
    std::optional<model::Stats> read() const;

private:
    struct Kept {
        const Reading* reading;
        base::Fd file;
    };

    ContainerFiles(std::uint64_t memory_bytes, bool own_network)
        : memory_bytes_(memory_bytes), own_network_(own_network) {}
    base::Result<> keep(const Folders& folders);

    std::uint64_t memory_bytes_;
    bool own_network_;
    bool blkio_of_version_1_ = false;
    base::Fd process_; ///< its folder in /proc, which never becomes another process's
    base::Fd host_cpu_;
    std::vector<Kept> kept_;
};

} // namespace agent::stats
