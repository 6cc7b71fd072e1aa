// What a container is given of its host: shares, memory, devices, limits, kernel parameters.

#include "tests/integration/definition_fields.hpp"

namespace integration {

namespace {

constexpr std::int64_t mebibyte = 1024 * 1024;

/// A file of the container's own cgroup, as it sees it itself. Hierarchies of version 1.
std::string cgroup(FieldBench& bench, const std::string& container, const std::string& path) {
    return bench.inside(container, "cat /sys/fs/cgroup/" + path);
}

const FieldTrial cpu(in_container({"cpu"}), [](FieldBench& bench) {
    EXPECT_EQ(bench.host_config("app")["CpuShares"], 64);
    EXPECT_EQ(bench.host_config("web")["CpuShares"], 2);
    EXPECT_EQ(cgroup(bench, "app", "cpu/cpu.shares"), "64");
    EXPECT_EQ(bench.answer("app").at("Limits").at("CPU"), 64);
});

const FieldTrial memory(in_container({"memory"}), [](FieldBench& bench) {
    EXPECT_EQ(bench.host_config("app")["Memory"], 48 * mebibyte);
    EXPECT_EQ(cgroup(bench, "app", "memory/memory.limit_in_bytes"), std::to_string(48 * mebibyte));
    EXPECT_EQ(bench.answer("app").at("Limits").at("Memory"), 48);
});

const FieldTrial reservation(in_container({"memoryReservation"}), [](FieldBench& bench) {
    EXPECT_EQ(bench.host_config("app")["MemoryReservation"], 24 * mebibyte);
    EXPECT_EQ(cgroup(bench, "app", "memory/memory.soft_limit_in_bytes"),
              std::to_string(24 * mebibyte));
});

/// The kernel here does not account swap, so only the engine knows the greater limit.
const FieldTrial max_swap(in_container({"linuxParameters.maxSwap"}), [](FieldBench& bench) {
    EXPECT_EQ(bench.host_config("app")["MemorySwap"], (48 + 16) * mebibyte);
});

const FieldTrial swappiness(in_container({"linuxParameters.swappiness"}), [](FieldBench& bench) {
    EXPECT_EQ(bench.host_config("app")["MemorySwappiness"], 33);
    EXPECT_EQ(cgroup(bench, "app", "memory/memory.swappiness"), "33");
});

/// What an engine with GPUs is told is for gpu_test to see; this one has none.
const FieldTrial gpus(
    in_container({"resourceRequirements", "resourceRequirements[].value"}), [](FieldBench& bench) {
        EXPECT_TRUE(bench.agent().logs({"GPUs are asked for (resourceRequirements)"},
                                       std::chrono::seconds(30)));
        EXPECT_EQ(
            bench.kept("gpus.json").at("containerDefinitions").at(0).at("resourceRequirements"),
            Json::parse(R"([{"type": "GPU", "value": "1"}])"));
    });

const FieldTrial
    shared_memory(in_container({"linuxParameters.sharedMemorySize"}), [](FieldBench& bench) {
        EXPECT_EQ(bench.host_config("app")["ShmSize"], 11 * mebibyte);
        EXPECT_EQ(bench.inside("app", "df -m /dev/shm | awk 'NR == 2 {print $2}'"), "11");
    });

const FieldTrial
    tmpfs(in_container({"linuxParameters.tmpfs", "linuxParameters.tmpfs[].containerPath",
                        "linuxParameters.tmpfs[].size", "linuxParameters.tmpfs[].mountOptions"}),
          [](FieldBench& bench) {
              EXPECT_EQ(bench.host_config("app")["Tmpfs"],
                        Json({{"/scratch", "size=5m,noexec,mode=0711"}}));
              const auto mounted = bench.inside("app", "grep ' /scratch tmpfs ' /proc/mounts");
              for (const auto* option : {"noexec", "size=5120k", "mode=711"})
                  EXPECT_NE(mounted.find(option), std::string::npos) << mounted;
          });

const FieldTrial
    devices(in_container({"linuxParameters.devices", "linuxParameters.devices[].hostPath",
                          "linuxParameters.devices[].containerPath",
                          "linuxParameters.devices[].permissions"}),
            [](FieldBench& bench) {
                const Json device{{"PathOnHost", "/dev/loop-control"},
                                  {"PathInContainer", "/dev/loops"},
                                  {"CgroupPermissions", "rm"}};
                EXPECT_EQ(bench.host_config("app")["Devices"], Json::array({device}));
                EXPECT_EQ(bench.inside("app", "stat -c %t:%T /dev/loops"),
                          shell("stat -c %t:%T /dev/loop-control"));
                bench.inside("app", ": </dev/loops");
                const auto writing = try_in(bench.up("app"), ": >>/dev/loops");
                EXPECT_NE(writing.err.find("Operation not permitted"), std::string::npos)
                    << writing.err;
            });

const FieldTrial ulimits(
    in_container({"ulimits", "ulimits[].name", "ulimits[].softLimit", "ulimits[].hardLimit"}),
    [](FieldBench& bench) {
        const Json limit{{"Name", "nofile"}, {"Hard", 888}, {"Soft", 777}};
        EXPECT_EQ(bench.host_config("app")["Ulimits"], Json::array({limit}));
        EXPECT_EQ(bench.inside("app", "awk '/Max open files/ {print $4, $5}' /proc/1/limits"),
                  "777 888");
    });

const FieldTrial system_controls(
    in_container({"systemControls", "systemControls[].namespace", "systemControls[].value"}),
    [](FieldBench& bench) {
        const Json controls{{"kernel.msgmax", "4444"}, {"net.ipv4.ip_default_ttl", "77"}};
        EXPECT_EQ(nlohmann::json(bench.host_config("app")["Sysctls"]), nlohmann::json(controls));
        EXPECT_EQ(bench.inside("app", "cd /proc/sys; cat kernel/msgmax net/ipv4/ip_default_ttl"),
                  "4444\n77");
    });

const FieldTrial read_only_root(in_container({"readonlyRootFilesystem"}), [](FieldBench& bench) {
    EXPECT_EQ(bench.host_config("user")["ReadonlyRootfs"], true);
    EXPECT_EQ(bench.host_config("app")["ReadonlyRootfs"], false);
    const auto writing = try_in(bench.up("user"), ": >/new");
    EXPECT_NE(writing.err.find("Read-only file system"), std::string::npos) << writing.err;
});

} // namespace

} // namespace integration
