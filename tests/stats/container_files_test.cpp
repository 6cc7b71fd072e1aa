// One container's files on hosts of both cgroup versions.

#include "agent/stats/container_files.hpp"

#include "recorded_host.hpp"

#include <gtest/gtest.h>

namespace agent::stats {
namespace {

using stats_test::RecordedHost;

std::shared_ptr<const ContainerFiles> open(const RecordedHost& recorded) {
    auto files = ContainerFiles::open(recorded.host(), recorded.subject());
    EXPECT_TRUE(files) << files.error().what();
    return files ? *files : nullptr;
}

base::Errc refusal(const RecordedHost& recorded, const Subject& subject) {
    const auto files = ContainerFiles::open(recorded.host(), subject);
    EXPECT_FALSE(files);
    return files ? base::Errc::internal : files.error().code();
}

TEST(ContainerFiles, TellAllOnVersion1) {
    const RecordedHost recorded(1);
    const auto stats = open(recorded)->read();
    ASSERT_TRUE(stats);
    EXPECT_NEAR(double(stats->read.time_since_epoch().count()),
                double(base::now().time_since_epoch().count()), 60e9);
    EXPECT_EQ(stats->cpu.total_ns, 1000U);
    EXPECT_EQ(stats->cpu.percpu_ns.size(), 2U);
    EXPECT_EQ(stats->cpu.user_ns, 10'000'000U);
    EXPECT_EQ(stats->cpu.system_ns, 1'000'000'000U);
    EXPECT_EQ(stats->cpu.online_cpus, 2U);
    EXPECT_EQ(stats->cpu.periods, 5U) << "its task's";
    EXPECT_EQ(stats->memory.usage, 4096U);
    EXPECT_EQ(stats->memory.max_usage, 8192U);
    EXPECT_EQ(stats->memory.limit, 1U << 30) << "what the host has";
    EXPECT_EQ(stats->memory.details.at("hierarchical_memory_limit"), 536870912U);
    EXPECT_EQ(stats->pids, 2U);
    EXPECT_EQ(stats->pids_limit, 0U);
    ASSERT_EQ(stats->blkio.service_bytes->size(), 1U);
    for (const auto* list : {&stats->blkio.serviced, &stats->blkio.queue,
                             &stats->blkio.service_time, &stats->blkio.wait_time,
                             &stats->blkio.merged, &stats->blkio.time, &stats->blkio.sectors}) {
        ASSERT_TRUE(*list) << "empty, not null";
        EXPECT_TRUE((*list)->empty());
    }
    ASSERT_EQ(stats->networks.size(), 1U);
    EXPECT_EQ(stats->networks.at("eth0").rx_bytes, 10U);
    EXPECT_EQ(stats->networks.at("eth0").tx_bytes, 20U);
}

TEST(ContainerFiles, TellAllOnVersion2) {
    const RecordedHost recorded(2);
    const auto stats = open(recorded)->read();
    ASSERT_TRUE(stats);
    EXPECT_EQ(stats->cpu.total_ns, 7000U);
    EXPECT_TRUE(stats->cpu.percpu_ns.empty());
    EXPECT_EQ(stats->cpu.online_cpus, 2U);
    EXPECT_EQ(stats->cpu.periods, 5U);
    EXPECT_EQ(stats->memory.usage, 4096U);
    EXPECT_EQ(stats->memory.max_usage, 0U);
    EXPECT_EQ(stats->memory.limit, 1U << 30);
    EXPECT_EQ(stats->memory.failcnt, 2U);
    EXPECT_EQ(stats->memory.details.at("anon"), 1U);
    EXPECT_EQ(stats->pids_limit, 9U);
    EXPECT_EQ(stats->blkio.service_bytes->size(), 2U);
    EXPECT_FALSE(stats->blkio.serviced);
    EXPECT_EQ(stats->networks.size(), 1U);
}

TEST(ContainerFiles, ControllersOfBothVersionsAreReadEachInItsOwn) {
    const RecordedHost recorded(1);
    // The process counter has moved to version 2; the others have not.
    recorded.folder.remove("cg/pids");
    recorded.write("proc/4711/cgroup", "1:cpuacct:/ecs/" + recorded.task + "/" + recorded.id +
                                           "\n2:memory:/ecs/" + recorded.task + "/" + recorded.id +
                                           "\n0::/ecs/" + recorded.task + "/" + recorded.id + "\n");
    const auto unified = "cg/unified/ecs/" + recorded.task + "/" + recorded.id;
    recorded.write(unified + "/pids.current", "33\n");
    recorded.write(unified + "/cpu.stat", "usage_usec 999999\n");
    const auto stats = open(recorded)->read();
    ASSERT_TRUE(stats);
    EXPECT_EQ(stats->pids, 33U);
    EXPECT_EQ(stats->cpu.total_ns, 1000U);
    EXPECT_EQ(stats->memory.usage, 4096U);
    EXPECT_FALSE(stats->blkio.service_bytes);
}

TEST(ContainerFiles, EachLookIsFresh) {
    const RecordedHost recorded(1);
    const auto files = open(recorded);
    ASSERT_TRUE(files->read());
    recorded.set("cpuacct", "cpuacct.usage", "2000\n");
    recorded.write("proc/4711/net/dev", "  eth1: 5 1 0 0 0 0 0 0 6 2 0 0 0 0 0 0\n");
    const auto stats = files->read();
    EXPECT_EQ(stats->cpu.total_ns, 2000U);
    EXPECT_TRUE(stats->networks.contains("eth1"));
    EXPECT_FALSE(stats->networks.contains("eth0"));
}

TEST(ContainerFiles, WithoutANetworkOfItsOwnThereAreNoInterfaces) {
    const RecordedHost recorded(2);
    auto subject = recorded.subject();
    subject.own_network = false;
    const auto files = ContainerFiles::open(recorded.host(), subject);
    ASSERT_TRUE(files);
    EXPECT_TRUE((*files)->read()->networks.empty());
}

TEST(ContainerFiles, OfAContainerThatHasEndedNothingIsTold) {
    const RecordedHost recorded(1);
    const auto files = open(recorded);
    ASSERT_TRUE(files->read());
    recorded.end_process();
    recorded.write("proc/4711/net/dev", "  eth0: 99 1 0 0 0 0 0 0 6 2 0 0 0 0 0 0\n");
    EXPECT_FALSE(files->read()) << "the number is another's by now";
}

TEST(ContainerFiles, WhatIsNotTheContainersIsNotOpened) {
    const RecordedHost recorded(1);
    auto other = recorded.subject();
    other.docker_id = std::string(64, 'e');
    EXPECT_EQ(refusal(recorded, other), base::Errc::not_found);
    auto gone = recorded.subject();
    gone.pid = 4712;
    EXPECT_EQ(refusal(recorded, gone), base::Errc::not_found);
    recorded.folder.remove("cg");
    EXPECT_EQ(refusal(recorded, recorded.subject()), base::Errc::not_found) << "no cgroups here";
}

TEST(ContainerFiles, AFileThatThisKernelLacksIsLeftOut) {
    const RecordedHost recorded(1);
    recorded.folder.remove("cg/cpuacct/ecs/" + recorded.task + "/" + recorded.id +
                           "/cpuacct.usage_percpu");
    recorded.folder.remove("cg/memory");
    const auto stats = open(recorded)->read();
    ASSERT_TRUE(stats);
    EXPECT_TRUE(stats->cpu.percpu_ns.empty());
    EXPECT_EQ(stats->memory.limit, 0U);
    EXPECT_EQ(stats->cpu.total_ns, 1000U);
}

TEST(Host, KnowsItsMemory) {
    EXPECT_GT(Host::this_one().memory_bytes, 1U << 26);
}

} // namespace
} // namespace agent::stats
