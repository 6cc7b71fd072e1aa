#pragma once
// The volume plugin on a loop, without its socket: an engine's calls in its own words, and containers that
// the World has as the observer and the registrar would put them there.

#include "agent/doors/volumes/plugin.hpp"
#include "fakes/captured_log.hpp"
#include "fakes/temporary_folder.hpp"
#include "fakes/test_loop.hpp"
#include "fakes/transcript.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agent::doors::volumes {

class PluginTest : public testing::Test {
protected:
    PluginTest() { begin(); }
    ~PluginTest() override {
        sweeping.cancel();
        loop.run_until([&] { return sweeping.size() == 0; });
        loop.run(files->drain(std::chrono::seconds(10)));
    }

    static model::Instance instance() {
        model::Instance host;
        host.scope = {"eu-west-1", "123456789012", "shops"};
        host.availability_zone = "eu-west-1a";
        return host;
    }
    static Limits short_limits() {
        Limits limits;
        limits.patience = std::chrono::milliseconds(20);
        limits.settle_time = std::chrono::milliseconds(0);
        limits.sweep_pause = std::chrono::milliseconds(5);
        return limits;
    }
    /// As after a restart of the agent: nothing is known but what is on the disk.
    void begin(const Limits& limits = short_limits()) {
        plugin.reset();
        volumes.reset();
        if (files)
            loop.run(files->drain(std::chrono::seconds(10)));
        files.reset();
        world.emplace(instance());
        files.emplace(loop.executor(), workers, *world, folder.path());
        volumes.emplace(loop.executor(), *world, *files, folder.path(), limits);
        plugin.emplace(*volumes);
        const auto loaded = loop.run(volumes->load());
        EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().what());
    }

    handlers::http::Response answer(const std::string& path, const std::string& body,
                                    const std::string& method = "POST") {
        handlers::http::Request request;
        request.method = method;
        request.target.path = path;
        request.body = body;
        return loop.run(plugin->answer(request));
    }
    /// "VolumeDriver.Get {"Name":"a"}": the answer's body.
    std::string say(const std::string& call) {
        const auto blank = std::min(call.find(' '), call.size());
        return std::string(
            answer('/' + call.substr(0, blank), call.substr(std::min(blank + 1, call.size())))
                .body());
    }
    /// Where "DIR" stands, the folder of volumes is meant.
    void expect(std::string_view transcript) {
        for (const auto& turn : fakes::read_transcript(transcript)) {
            auto expected = turn.answered.front();
            for (auto at = expected.find("DIR"); at != std::string::npos;
                 at = expected.find("DIR", at + folder.path().size()))
                expected.replace(at, 3, folder.path("metadata/~volumes"));
            EXPECT_EQ(say(turn.said), expected) << turn.said;
        }
    }

    /// A container with the volume, in a task of its own.
    void put_container(const std::string& docker_id, const std::string& volume,
                       const std::string& name = "web") {
        model::Task task;
        task.arn = instance().scope.task_arn(docker_id);
        task.id = docker_id;
        task.cluster = "shops";
        task.family = "shop";
        model::Container container;
        container.docker_id = docker_id;
        container.name = name;
        container.endpoint_id = "id-of-" + docker_id;
        container.volumes = {{volume, "", "/ecs/metadata/" + name}};
        container.metadata_directory = volumes->directory_of(volume);
        task.containers.push_back(container);
        world->put(task);
    }
    void remove_container(const std::string& docker_id) {
        world->remove(instance().scope.task_arn(docker_id));
    }
    void sweep() {
        std::function<bool()> are_seen = [this] { return all_are_seen; };
        Volumes::RemoveInEngine remove = [this](std::string name) {
            return remove_in_engine(std::move(name));
        };
        sweeping.spawn("sweep", volumes->sweep(std::move(are_seen), std::move(remove)));
    }
    /// As the engine does it, which asks for the volume and then for its removal.
    base::Async<base::Result<bool>> remove_in_engine(std::string name) {
        told_to_remove.push_back(name);
        if (engine_keeps.contains(name))
            co_return base::Error(base::Errc::conflict, "a container has it");
        if (engine_has_no_record)
            co_return false;
        volumes->touch(name);
        const auto removed = co_await volumes->remove(name);
        if (!removed)
            co_return removed.error();
        co_return true;
    }
    std::string file_of(const std::string& volume) const {
        return folder.read("metadata/~volumes/" + volume + "/_data/metadata.json");
    }

    fakes::CapturedLog log;
    fakes::TemporaryFolder folder;
    fakes::TestLoop loop;
    base::WorkerPool workers{1};
    std::optional<model::World> world;
    std::optional<containers::MetadataFiles> files;
    std::optional<Volumes> volumes;
    std::optional<Plugin> plugin;
    base::TaskGroup sweeping{loop.executor()};
    bool all_are_seen = true;
    bool engine_has_no_record = false;
    std::set<std::string> engine_keeps;
    std::vector<std::string> told_to_remove;
};

} // namespace agent::doors::volumes
