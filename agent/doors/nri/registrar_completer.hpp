#pragma once
// Role: completes the containers that the engine asks about through NRI: reads what it tells, which is
//   neither image nor mounts nor networks, and has the registrar mint what they are given. Beside, names
//   those that have come while the engine did not ask.
// Owner: the daemon. Threading: the loop thread; nothing is asked of the engine while it waits.
// Failure: what cannot be made is left out, and said in the log; a container is never kept from being made.

#include "agent/doors/nri/completer.hpp"
#include "agent/doors/nri/image_names.hpp"
#include "agent/doors/registrar.hpp"
#include "base/async.hpp"
#include "model/world.hpp"

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace agent::doors::nri {

class RegistrarCompleter : public Completer {
public:
    /// All outlive it. `is_ready` says whether all containers were seen: Observer::connected().
    RegistrarCompleter(Registrar& registrar, const model::World& world, ImageNames& images,
                       std::function<bool()> is_ready);

    base::Async<Completed> complete(Container container) override;
    void withdraw(const std::string& ticket) override;
    std::size_t listed(std::vector<Container> containers, bool last) override;

private:
    containers::Request request_of(const Container& container);
    void add_name(rules::Subject& subject, const std::vector<std::string>& names) const;
    void add_image(containers::Request& request);
    bool is_declared(const Container& container) const;
    bool was_missed(const Container& container) const;
    void tell_undecided(const containers::Plan& plan);
    Adjustment adjustment_of(containers::Additions additions,
                             const std::vector<std::string>& environment);

    Registrar& registrar_;
    const model::World& world_;
    ImageNames& images_;
    std::function<bool()> is_ready_;

    rules::HostFile told_rules_;
    std::set<std::size_t> told_; ///< rules of these that the log has named
    bool told_selinux_ = false;
    bool told_role_label_ = false;

    /// Ids of those that were there at the last registration, or were asked about since and were given
    /// nothing; nothing before the first.
    std::optional<std::set<std::string>> known_;
    std::set<std::string> listed_;    ///< the parts so far
    std::vector<std::string> missed_; ///< in there: their names
};

} // namespace agent::doors::nri
