#pragma once
// Role: gives containers that no task definition declares a link-local address of their own, where their
//   label or a rule of the host says so: from when they run until they do not, whatever Docker's networks
//   they have, and where they have none.
// Owner: the daemon. Threading: the loop thread.
// Failure: logged, and tried again every few seconds as long as the container runs.

#include "agent/addresses/link_local.hpp"
#include "base/async.hpp"
#include "model/world.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>

namespace agent::doors {

class OwnAddresses {
public:
    /// World and addresses outlive it. `is_wanted`: whether a container is to have one. `earlier`: Docker
    /// ids of containers that an earlier run may have given one.
    OwnAddresses(base::Executor loop, model::World& world, addresses::LinkLocal& link_local,
                 std::function<bool(const model::Container&)> is_wanted,
                 std::set<std::string> earlier);

    /// What is wanted may have changed.
    void reassess();
    /// Docker does not have the container any more.
    void forget(const std::string& docker_id);
    /// Ends what is under way; the addresses stay.
    base::Async<void> stop();

private:
    /// A namespace by its file, "" for none.
    struct Member {
        std::string wanted; ///< the lease is the container's, and stays from one to the next
        std::string connected;
        std::string address; ///< "" while it is not connected
        bool is_settling = false;
    };

    void follow(const model::TaskPtr& before, const model::TaskPtr& after);
    void consider(const std::string& docker_id);
    bool is_due(const std::string& docker_id);
    std::string wanted_namespace(const std::string& docker_id) const;
    void show(const std::string& docker_id, const std::string& address);
    base::Async<void> settle(std::string docker_id);
    base::Async<bool> connect(std::string docker_id);
    base::Async<bool> release(std::string docker_id);

    model::World& world_;
    addresses::LinkLocal& link_local_;
    std::function<bool(const model::Container&)> is_wanted_;
    /// Docker ids for which a lease may be there beside what members_ says.
    std::set<std::string> may_be_leased_;
    std::map<std::string, Member> members_; ///< by Docker id
    base::TaskGroup work_;
    model::World::Subscription changes_;
};

} // namespace agent::doors
