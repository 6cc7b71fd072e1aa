#pragma once
// The supervisor with all that it works with, on the fake Docker and a real store. The agent can be ended
// and begun again, as a restart of the daemon would; Docker and the disk stay.
//
// Tasks here are in bridge mode; what of the network is looked at on the way (leases and veths that
// nobody owns) is looked at in a namespace of the test's own, never in the host's.

#include "agent/tasks/supervisor.hpp"
#include "fakes/captured_log.hpp"
#include "fakes/fake_docker.hpp"
#include "fakes/temporary_folder.hpp"
#include "fakes/test_loop.hpp"
#include "ipam/allocator.hpp"
#include "model/names.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::tasks {

using RoleQuestion = std::function<bool(std::string_view)>;

/// What lives as long as the process.
struct Agent {
    Agent(base::Executor loop, docker::Client& docker, const std::string& folder, Settings settings,
          RoleQuestion is_role_provided);

    state::Store store;
    ipam::LeaseTable leases;
    state::Disk disk;
    base::WorkerPool workers{2};
    model::World world;
    observer::ContainerNetworks networks;
    observer::Observer observer;
    addresses::LinkLocal link_local;
    containers::MetadataFiles metadata_files;
    containers::ImageProbe image_probe;
    image::RegistryCredentials credentials;
    image::ImagePuller image_puller;
    containers::Secrets secrets;
    base::Slots start_slots;
    base::Slots pause_turn;
    Supervisor supervisor;
    base::TaskGroup tasks;
};

class SupervisorFixture : public testing::Test {
protected:
    static void SetUpTestSuite();
    SupervisorFixture();
    ~SupervisorFixture() override;

    /// Restores what an earlier agent left, and follows the folder.
    void begin();
    void end();
    /// Only makes it.
    void make_agent();
    /// Before begin(): what has stopped stays, and is not run again while the test lasts.
    void keep_what_stopped();

    /// Writes a file into the tasks folder, as an atomic save does.
    void declare(const std::string& file, const std::string& text);
    void undeclare(const std::string& file);
    /// A definition of containers that run busybox, without metadata file; the first is essential.
    static std::string definition(const std::string& family,
                                  const std::vector<std::string>& containers);

    /// The only declared task; null when there is none or several.
    model::TaskPtr task() const;
    /// All declared ones, stopped ones too.
    std::vector<model::TaskPtr> tasks() const;
    /// The first that runs.
    model::TaskPtr running_task() const;
    /// Runs until another task than this one runs.
    bool another_runs(const std::string& arn);
    static const model::Container& container(const model::TaskPtr& task, const std::string& name);
    /// It ends as if it had run for so long.
    void die_after(std::chrono::seconds life, const std::string& docker_name, int exit_code);
    /// Runs until there is exactly one declared task, and it is so far.
    bool becomes(model::TaskStatus status);
    bool runs() { return becomes(model::TaskStatus::running); }
    bool is_gone();
    std::string docker_name(const std::string& container) const;
    /// The recorded creates, starts, stops and removes: "create app", by the container's own name.
    std::vector<std::string> story() const;
    /// What the store has; asked, as all that use it do, on the disk's thread.
    std::vector<state::DeclaredTask> rows();
    void settle_down() { loop.run_for(std::chrono::milliseconds(350)); }

    fakes::CapturedLog log;
    fakes::TemporaryFolder folder;
    fakes::TestLoop loop;
    fakes::FakeDocker docker{loop.executor()};
    /// In the tests, unless they say otherwise: what stopped is removed at once, what ended is run
    /// again after 20 ms.
    Settings settings;
    std::optional<docker::EngineInfo> engine_info; ///< told to the engine when there is one
    RoleQuestion is_role_provided;                 ///< null: no role is
    std::unique_ptr<Agent> agent;
};

} // namespace agent::tasks
