#pragma once
// Role: gives containers that no task definition declares what they are given: mints ids for those that
//   come through a door, and says of every one that is seen which task it belongs to, what it is called
//   and which role it has. What was minted waits for its container, ten minutes at most; what was decided
//   then holds for the container's life, but for its role, which the rules may give and take back.
// Owner: the daemon. Threading: the loop thread.
// Failure: a directory that cannot be made costs the metadata file, said in the log; a container is never
//   kept from being made. What becomes known of a container only when its image was asked is told on, so
//   that it is known after a restart, also where the image is gone by then.

#include "agent/containers/completion.hpp"
#include "agent/containers/metadata_files.hpp"
#include "agent/docker/client.hpp"
#include "agent/doors/cluster_key.hpp"
#include "agent/doors/image_labels.hpp"
#include "agent/observer/observer_settings.hpp"
#include "base/async.hpp"
#include "handlers/newcomers.hpp"
#include "model/world.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace agent::doors {

class Registrar : public handlers::Newcomers {
public:
    /// What is minted at most for containers that have not come.
    static constexpr std::size_t most_expected = 1000;

    /// All but the last three outlive it. `stored` is what an earlier run gave, by Docker id. Without a key
    /// of the cluster no task of a service has a role by the id that it was told.
    Registrar(base::Executor loop, docker::Client& docker, model::World& world,
              containers::MetadataFiles& metadata_files, containers::Host host,
              const std::map<std::string, observer::Given>& stored,
              std::optional<ClusterKey> key = std::nullopt);
    ~Registrar() override;
    Registrar(const Registrar&) = delete;
    Registrar& operator=(const Registrar&) = delete;

    /// Told of what became known of a container after it was seen. Before the first is.
    using Learned = std::function<void(const std::string& docker_id, const observer::Given& given)>;
    void on_learned(Learned tell) { tell_learned_ = std::move(tell); }

    const containers::Host& host() const { return host_; }
    /// From now on; containers that are there have another role, or none, where the rules say so.
    void set_rules(rules::HostFile rules);
    /// Whether its label or a rule has it that a container has an address of its own.
    bool wants_address(const model::Container& container) const;
    /// Whether the engine labels what it binds for SELinux.
    void set_selinux(bool selinux) { selinux_ = selinux; }

    struct Admission {
        containers::Additions additions;
        std::string endpoint_id; ///< "" where nothing is given
    };
    /// What the container is given, of which whatever needs it is made: ids, its directory, the file in
    /// there. exhausted: most_expected wait already.
    base::Async<base::Result<Admission>> admit(containers::Request request);
    /// The container with this endpoint id will not come.
    void withdraw(const std::string& endpoint_id);
    bool is_expected(const std::string& id) const override;
    base::Async<void> wait_until_seen(std::string id,
                                      std::chrono::steady_clock::duration limit) override;

    /// For the observer, when a container is seen that the World does not have.
    observer::Observed identify(const docker::ContainerInspect& inspect,
                                const observer::Given& before);

    /// Docker does not have the container any more.
    void forget(const std::string& docker_id);

    /// Removes what containers of an earlier run have left that Docker does not have any more: once all
    /// were looked at.
    base::Async<void> collect();
    /// Until cancelled: lets go of what never came.
    base::Async<void> sweep();
    /// Ends the questions about images, by whose answers roles begin; none is asked any more.
    base::Async<void> end_questions();
    /// Ends all that is under way.
    base::Async<void> stop();

private:
    /// What was minted for a container that is about to be made.
    struct Newcomer {
        observer::Given given;      ///< its endpoint id is not in there
        std::string credentials_id; ///< "" where it was told none
        bool has_directory = false;
        std::chrono::steady_clock::time_point admitted;
    };
    /// What is remembered of a container that is there.
    struct Seen {
        observer::Given given;
        std::string image_id;
        std::string credentials_id; ///< as a variable of its own tells it, else as it was given
        std::string authorization_token; ///< as a variable of its own tells it
        bool has_directory = false;      ///< of its own; a volume's is whose that is
    };

    static observer::Given kept(observer::Given given, const rules::Decision& decision);
    std::string task_of_key(const rules::Decision& decision);
    bool is_in_use(const std::string& task_arn) const;
    std::optional<Newcomer> take_newcomer(const std::string& endpoint_id);
    bool is_anothers(const std::string& endpoint_id, const std::string& docker_id) const;
    base::Async<std::optional<containers::Mount>> make_directory(std::string endpoint_id);
    observer::Given first_seen(const docker::ContainerInspect& inspect, observer::Given given,
                               bool is_itself);
    rules::Decision decide(const rules::Subject& subject) const;
    std::optional<model::TaskRole> role_of(const rules::Subject& subject, Seen& seen, bool on_host);
    rules::Decision decide_by_own_labels(const rules::Subject& subject, Seen& seen);
    void apply_image(const std::string& image_id);
    void let_go_of_image(const std::string& image_id);
    std::string directory_of(const docker::ContainerInspect& inspect,
                             const std::string& endpoint_id);
    void reassess(const model::Task& task);
    void drop_overdue();
    void remove_directory(const std::string& endpoint_id);
    base::Async<void> remove_directory_now(std::string endpoint_id);

    model::World& world_;
    containers::MetadataFiles& metadata_files_;
    containers::Host host_;
    std::optional<ClusterKey> key_;
    bool selinux_ = false;
    std::map<std::string, Newcomer> newcomers_;                   ///< by their endpoint id
    std::map<std::string, std::string> newcomers_by_credentials_; ///< endpoint ids
    std::map<std::string, std::string> tasks_; ///< ARNs of those that several may join, by task key
    std::map<std::string, Seen> seen_;         ///< by Docker id
    /// Docker ids of those whom endpoint ids belong to, by these: as they were seen, or an earlier run did.
    std::map<std::string, std::string> owners_;
    std::set<std::string> unseen_tasks_; ///< of an earlier run, until all containers were looked at
    Learned tell_learned_;               ///< null: nobody asks
    base::Notifier came_;
    ImageLabels images_;
    base::TaskGroup work_;
};

} // namespace agent::doors
