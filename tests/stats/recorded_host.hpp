#pragma once
// A folder that looks like a host: /proc with one container's process, and its cgroups of either
// version, with the text that kernels have written.

#include "agent/stats/container_files.hpp"
#include "fakes/temporary_folder.hpp"

#include <string>

namespace stats_test {

class RecordedHost {
public:
    static constexpr std::int64_t pid = 4711;
    const std::string id = std::string(64, 'd');
    const std::string task = "0123456789abcdef0123456789abcdef";

    explicit RecordedHost(int version) : version_(version) {
        write("proc/stat", "cpu  100 0 0 0 0 0 0 9\ncpu0 1\ncpu1 1\n");
        write("proc/4711/net/dev", "h\nh\n    lo: 1 1\n  eth0: 10 1 0 0 0 0 0 0 20 2 0 0 0 0 0 0\n"
                                   "ecs-eth0: 7 7 0 0 0 0 0 0 7 7 0 0 0 0 0 0\n");
        if (version == 1)
            write_version_1();
        else
            write_version_2();
    }

    agent::stats::Host host() const {
        agent::stats::Host host;
        host.proc = folder.path("proc");
        host.memory_bytes = 1 << 30;
        return host;
    }
    agent::stats::Subject subject() const { return {pid, id, task, true}; }

    /// One file of the container's cgroup.
    void set(const std::string& controller, const std::string& file,
             const std::string& text) const {
        const auto root = version_ == 1 ? "cg/" + controller : std::string("cg");
        write(root + "/ecs/" + task + '/' + id + '/' + file, text);
    }
    void write(const std::string& name, const std::string& text) const { folder.write(name, text); }
    /// As when its last process has ended: no folder in /proc.
    void end_process() const { folder.remove("proc/4711"); }

    fakes::TemporaryFolder folder;

private:
    void write_version_1() const {
        std::string mounts;
        std::string cgroups;
        int number = 1;
        for (const std::string controller : {"cpu", "cpuacct", "memory", "pids", "blkio"}) {
            mounts += "3" + std::to_string(number) + " 31 0:29 / " +
                      folder.path("cg/" + controller) + " rw - cgroup cgroup rw," + controller +
                      "\n";
            cgroups +=
                std::to_string(number++) + ":" + controller + ":/ecs/" + task + "/" + id + "\n";
        }
        write("proc/self/mountinfo",
              mounts + "40 31 0:38 / " + folder.path("cg/unified") + " rw - cgroup2 cgroup2 rw\n");
        write("proc/4711/cgroup", cgroups + "0::/ecs/" + task + "/" + id + "\n");
        set("cpuacct", "cpuacct.usage", "1000\n");
        set("cpuacct", "cpuacct.usage_percpu", "600 400 \n");
        set("cpuacct", "cpuacct.stat", "user 1\nsystem 2\n");
        set("cpu", "cpu.stat", "nr_periods 0\nnr_throttled 0\nthrottled_time 0\n");
        write("cg/cpu/ecs/" + task + "/cpu.stat",
              "nr_periods 5\nnr_throttled 4\nthrottled_time 3\n");
        set("memory", "memory.usage_in_bytes", "4096\n");
        set("memory", "memory.max_usage_in_bytes", "8192\n");
        set("memory", "memory.limit_in_bytes", "9223372036854771712\n");
        set("memory", "memory.failcnt", "0\n");
        set("memory", "memory.stat", "cache 1\nhierarchical_memory_limit 536870912\n");
        set("pids", "pids.current", "2\n");
        set("pids", "pids.max", "max\n");
        set("blkio", "blkio.throttle.io_service_bytes_recursive", "8:0 Read 5\nTotal 5\n");
    }
    void write_version_2() const {
        write("proc/self/mountinfo",
              "30 23 0:27 / " + folder.path("cg") + " rw - cgroup2 cgroup2 rw\n");
        write("proc/4711/cgroup", "0::/ecs/" + task + "/" + id + "\n");
        set("", "cpu.stat", "usage_usec 7\nuser_usec 4\nsystem_usec 3\n");
        write("cg/ecs/" + task + "/cpu.stat", "usage_usec 9\nnr_periods 5\nnr_throttled 4\n");
        set("", "memory.current", "4096\n");
        set("", "memory.max", "max\n");
        set("", "memory.events", "oom 2\n");
        set("", "memory.stat", "anon 1\n");
        set("", "pids.current", "2\n");
        set("", "pids.max", "9\n");
        set("", "io.stat", "8:0 rbytes=5 wbytes=6 rios=1\n");
    }

    int version_;
};

} // namespace stats_test
