#pragma once
// Creates one container of a task in Docker: its image, its environment, its metadata directory,
// its ports, and then itself. Loop thread; owned by the task's steps.

#include "agent/containers/create_document.hpp"
#include "agent/definition/task_definition.hpp"
#include "agent/tasks/member.hpp"
#include "agent/tasks/services.hpp"
#include "agent/tasks/task_resources.hpp"
#include "base/async.hpp"
#include "base/error.hpp"
#include "model/task.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace agent::tasks {

class ContainerMaker {
public:
    ContainerMaker(Services& services, const definition::TaskDefinition& definition,
                   const TaskResources& resources)
        : services_(services), definition_(definition), resources_(resources) {}

    /// Has the container's secrets and its image here and notes it as pulled. The puller's errors and
    /// those of Secrets::find(); cancelled when the calling task is.
    base::Async<base::Result<>> pull(Member member);

    /// Creates the container and notes its Docker id, in the World and in the store. A container
    /// that an interrupted attempt has left under the same name is taken over. Docker's errors;
    /// invalid_argument, io and others for its environment files; exhausted when no host ports are
    /// free, conflict when it asks for a reserved one.
    base::Async<base::Result<>> create(Member member);

    /// The engine's answer about the container, with no value of its secrets in it. Those of its log driver are
    /// known until forget_secrets(): then, and after a restart of the agent, the engine's words are left out.
    base::Error conceal(const Member& member, const base::Error& error) const;
    /// Wipes what is kept of a container's secrets: it has started, or is not to be made any more.
    void forget_secrets(const std::string& container) { secrets_.erase(container); }

    /// From now on the container is made with the engine's own log driver, in awslogs' place; or with the
    /// runtime for GPUs alone, without the engine's driver for them. False where it was so before.
    bool use_engine_log_driver(const std::string& container) {
        return with_engine_log_driver_.insert(container).second;
    }
    bool use_gpu_runtime(const std::string& container) {
        return with_gpu_runtime_.insert(container).second;
    }

    /// Where its log driver asks for keys; "" where there is no role for that, or nothing provides it.
    std::string log_credentials(const model::Task& task) const;

private:
    /// What a container is given that is kept elsewhere.
    struct SecretFacts {
        std::vector<containers::SecretValue> variables;
        std::vector<containers::SecretValue> log_options;
    };

    base::Async<base::Result<>> find_secrets(Member member);
    base::Async<base::Result<std::optional<image::Login>>> find_login(Member member);
    bool uses_engine_log_driver(const definition::ContainerDefinition& definition,
                                const std::string& log_credentials) const;
    base::Async<void> note_pull(std::string task_arn);
    base::Async<base::Result<>> create_pause(Member member);
    base::Async<base::Result<>> ensure_pause_parts(bool network);
    base::Async<base::Result<>> create_normal(Member member);
    base::Async<base::Result<>> gather_facts(Member member, containers::CreateFacts& facts);
    base::Async<base::Result<std::vector<std::uint16_t>>> choose_host_ports(Member member);
    base::Async<base::Result<std::string>> metadata_directory(Member member,
                                                              docker::ImageInspect image);
    base::Async<base::Result<>> create_named(Member member, std::string body);
    base::Async<base::Result<>> note_created(Member member);

    Services& services_;
    const definition::TaskDefinition& definition_;
    const TaskResources& resources_;
    std::map<std::string, docker::ImageInspect> images_; ///< by container name, once pulled
    /// Likewise, until it has started or is given up; the variables until it is created.
    std::map<std::string, SecretFacts> secrets_;
    std::set<std::string> asked_for_secrets_;      ///< names of containers
    std::set<std::string> with_engine_log_driver_; ///< names
    std::set<std::string> with_gpu_runtime_;
};

/// What the store keeps of a container.
state::ContainerRecord record_of(const std::string& task_arn, const model::Container& container);

} // namespace agent::tasks
