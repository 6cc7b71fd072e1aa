#pragma once
// Role: gives containers that no task definition declares what they are given: mints ids for those that
//   come through a door, and says of every one that is seen which task it belongs to, what it is called
//   and which role it has. What was minted waits for its container, ten minutes at most.
// Owner: the daemon. Threading: the loop thread.
// Failure: a directory that cannot be made costs the metadata file, said in the log; a container is never
//   kept from being made.

#include "agent/containers/completion.hpp"
#include "agent/containers/metadata_files.hpp"
#include "agent/observer/observer_settings.hpp"
#include "base/async.hpp"
#include "model/world.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace agent::doors {

class Registrar {
public:
    /// What is minted at most for containers that have not come.
    static constexpr std::size_t most_expected = 1000;

    /// Both outlive it. Follows the World's changes.
    Registrar(base::Executor loop, model::World& world, containers::MetadataFiles& metadata_files,
              containers::Host host);
    ~Registrar();
    Registrar(const Registrar&) = delete;
    Registrar& operator=(const Registrar&) = delete;

    const containers::Host& host() const { return host_; }
    /// From now on; containers that are there have another role, or none, where the rules say so.
    void set_rules(rules::HostFile rules);
    /// Whether the engine labels what it binds for SELinux.
    void set_selinux(bool selinux) { selinux_ = selinux; }

    /// Whether an id of this environment was minted here for a container that has not come yet: another
    /// door was there.
    bool is_expected(const std::vector<std::string>& environment) const;

    /// What the container is given, of which whatever needs it is made: ids, its directory, the file in
    /// there. exhausted: most_expected wait already.
    base::Async<base::Result<containers::Additions>> admit(containers::Request request);

    /// For the observer, when a container is seen that the World does not have.
    observer::Observed identify(const docker::ContainerInspect& inspect,
                                const observer::Given& before);

    /// Removes what containers that are gone have left: once all were looked at. `live`: the endpoint ids
    /// of those that Docker has.
    base::Async<void> collect(std::set<std::string> live);
    /// Ends what is under way.
    base::Async<void> stop();

private:
    /// What was minted for a container that is about to be made.
    struct Newcomer {
        std::string task_arn;
        std::string metadata_directory;
        std::chrono::steady_clock::time_point admitted;
    };

    std::string task_for(const rules::Decision& decision);
    bool is_in_use(const std::string& task_arn) const;
    base::Async<std::optional<containers::Mount>> make_directory(const rules::Decision& decision,
                                                                 std::string endpoint_id);
    std::optional<model::TaskRole> role_of(const rules::Decision& decision,
                                           const docker::ContainerInspect& inspect) const;
    bool may_have_role(const rules::Decision& decision, bool on_host) const;
    void reassess(const model::Task& task);
    void follow(const model::TaskPtr& before, const model::TaskPtr& after);
    void drop_overdue();
    void remove_directory(const std::string& endpoint_id);
    base::Async<void> remove_directory_now(std::string endpoint_id);

    model::World& world_;
    containers::MetadataFiles& metadata_files_;
    containers::Host host_;
    bool selinux_ = false;
    std::map<std::string, Newcomer> newcomers_; ///< by their endpoint id
    std::map<std::string, std::string> tasks_;  ///< ARNs of those that several may join, by task key
    /// What a container of the World may have as its role's id, by Docker id: it stays the same while the
    /// rules change.
    std::map<std::string, std::string> credentials_ids_;
    base::TaskGroup removals_;
    model::World::Subscription changes_;
};

} // namespace agent::doors
