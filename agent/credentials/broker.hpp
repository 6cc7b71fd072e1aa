#pragma once
// Role: hands out the credentials of roles that tasks have, or containers of their own. It watches the
//   World for them, keeps a supply for each of their ids as long as whoever has it lives, and answers an
//   id only to those whom it was given to.
// Threading: the loop thread.
// Failure: a role that nothing is configured for, or that is denied, is told to whom the id belongs;
//   all else is Supply's.

#include "agent/credentials/configuration.hpp"
#include "agent/credentials/providers.hpp"
#include "agent/credentials/supply.hpp"
#include "base/async.hpp"
#include "base/secret.hpp"
#include "handlers/caller.hpp"
#include "handlers/credentials/source.hpp"
#include "model/world.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace agent::credentials {

class Broker : public handlers::CredentialsSource {
public:
    /// All outlive it. `check_source`: whether an id is answered only to addresses of its task.
    Broker(ProviderServices services, base::TaskGroup& tasks, model::World& world,
           handlers::CallerFinder& callers, bool check_source);

    /// What roles' keys come from, from now on; on failure nothing is changed. Also for tasks that
    /// are there: what they were given goes on until there is something new, or is withdrawn.
    base::Result<> configure(Configuration configuration);

    /// Whether something is configured for the role, and it is not denied.
    bool hands_out(std::string_view role_arn) const;

    bool is_given_to(const handlers::CredentialsQuestion& question) override;
    base::Async<handlers::CredentialsAnswer> find(handlers::CredentialsQuestion question) override;

private:
    /// What an id stands for.
    struct Grant {
        std::string task_arn;
        std::string docker_id; ///< of the one container that has it; "": all of the task's
        std::string role_arn;
        base::Secret token; ///< asked for beside the id; "": none is
        std::string session_name;
        handlers::CredentialsRole role;
        std::shared_ptr<Supply> supply; ///< null where nothing is handed out
        std::string_view refusal;       ///< then: why
    };

    void follow(const model::TaskPtr& before, const model::TaskPtr& after);
    struct Holder;
    static std::vector<Holder> holders_of(const model::TaskPtr& task);
    void add(const model::Task& task, const Holder& holder);
    void remove(const std::string& credentials_id);
    void provide(Grant& grant);
    /// `caller` is who has the question's address.
    bool is_given(const Grant& grant, const handlers::CredentialsQuestion& question,
                  const model::Caller& caller) const;
    bool is_given_to_container(const Grant& grant, const handlers::CredentialsQuestion& question,
                               const model::Caller& caller, const model::Task& task) const;

    ProviderServices services_;
    base::TaskGroup& tasks_;
    model::World& world_;
    handlers::CallerFinder& callers_;
    const bool check_source_;
    Configuration configuration_;
    Providers providers_;
    std::map<std::string, Grant, std::less<>> grants_; ///< by credentials id
    model::World::Subscription changes_;
};

} // namespace agent::credentials
