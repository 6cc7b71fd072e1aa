#include "agent/credentials/broker.hpp"

#include "base/log.hpp"

#include <algorithm>

namespace agent::credentials {

namespace log = base::log;
using base::Async;
using base::Result;
using handlers::CredentialsAnswer;
using handlers::CredentialsQuestion;
using handlers::CredentialsRole;
using Kind = CredentialsAnswer::Kind;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

/// Clients give up after a second (consumers 2).
constexpr auto longest_answer = milliseconds(800);

constexpr std::string_view no_provider = "No provider is configured for the role";
constexpr std::string_view denied = "The role may not be handed out on this host";

/// From its acceptance to its end.
bool lives(const model::TaskPtr& task) {
    return task && task->known != model::TaskStatus::stopped;
}

} // namespace

/// A role of a task that lives, or of one of its containers. Refers to the task.
struct Broker::Holder {
    const model::TaskRole* role;
    CredentialsRole kind;
    std::string_view docker_id; ///< as Grant has it
};

std::vector<Broker::Holder> Broker::holders_of(const model::TaskPtr& task) {
    std::vector<Holder> holders;
    if (!lives(task))
        return holders;
    if (task->role)
        holders.push_back({&*task->role, CredentialsRole::task, {}});
    if (task->execution_role)
        holders.push_back({&*task->execution_role, CredentialsRole::execution, {}});
    for (const auto& container : task->containers)
        if (container.role && container.known != model::ContainerStatus::stopped)
            holders.push_back({&*container.role, CredentialsRole::task, container.docker_id});
    return holders;
}

Broker::Broker(ProviderServices services, base::TaskGroup& tasks, model::World& world,
               handlers::CallerFinder& callers, bool check_source)
    : services_(std::move(services)),
      tasks_(tasks),
      world_(world),
      callers_(callers),
      check_source_(check_source),
      changes_(world.on_change([this](const model::TaskPtr& before, const model::TaskPtr& after) {
          follow(before, after);
      })) {}

Result<> Broker::configure(Configuration configuration) {
    TRY(auto providers, make_providers(configuration, services_));
    configuration_ = std::move(configuration);
    providers_ = std::move(providers);
    for (auto& [id, grant] : grants_)
        provide(grant);
    return {};
}

bool Broker::hands_out(std::string_view role_arn) const {
    return decide(configuration_, role_arn).kind == Decision::Kind::provided;
}

void Broker::follow(const model::TaskPtr& before, const model::TaskPtr& after) {
    const auto now = holders_of(after);
    for (const auto& old : holders_of(before)) {
        const bool stays = std::ranges::any_of(now, [&](const Holder& each) {
            return *each.role == *old.role && each.docker_id == old.docker_id;
        });
        // Two may claim one id, of which one was first: that one's goes with it.
        const auto grant = grants_.find(old.role->credentials_id);
        if (!stays && grant != grants_.end() && grant->second.task_arn == before->arn &&
            grant->second.docker_id == old.docker_id)
            remove(old.role->credentials_id);
    }
    for (const auto& holder : now)
        if (!grants_.contains(holder.role->credentials_id))
            add(*after, holder);
}

void Broker::add(const model::Task& task, const Holder& holder) {
    Grant grant;
    grant.task_arn = task.arn;
    grant.docker_id = holder.docker_id;
    grant.role_arn = holder.role->arn;
    grant.token = base::Secret(holder.role->authorization_token);
    grant.session_name = task.id;
    grant.role = holder.kind;
    provide(grant);
    // Log drivers are only sent to us for a role that there are credentials for.
    if (!grant.refusal.empty() && holder.kind == CredentialsRole::task)
        log::warn("a task's role has no credentials here",
                  {{"task", task.arn}, {"role", holder.role->arn}, {"reason", grant.refusal}});
    grants_.emplace(holder.role->credentials_id, std::move(grant));
}

void Broker::remove(const std::string& credentials_id) {
    const auto grant = grants_.extract(credentials_id);
    if (!grant.empty() && grant.mapped().supply)
        grant.mapped().supply->end();
}

void Broker::provide(Grant& grant) {
    const auto decision = decide(configuration_, grant.role_arn);
    if (decision.kind != Decision::Kind::provided) {
        if (grant.supply)
            grant.supply->end();
        grant.supply.reset();
        grant.refusal = decision.kind == Decision::Kind::denied ? denied : no_provider;
        return;
    }
    grant.refusal = {};
    const auto& provider = providers_.find(decision.provider)->second;
    if (grant.supply) {
        grant.supply->use(provider);
        return;
    }
    RoleRequest request{grant.role_arn, grant.session_name, grant.task_arn};
    grant.supply = std::make_shared<Supply>(services_.loop, provider, std::move(request));
    tasks_.spawn("credentials", Supply::run(grant.supply));
}

bool Broker::is_given(const Grant& grant, const CredentialsQuestion& question,
                      const model::Caller& caller) const {
    const auto task = world_.find_task(grant.task_arn);
    if (!task)
        return false;
    if (!grant.token.empty() && !grant.token.equals(question.authorization))
        return false;
    if (!check_source_)
        return true;
    if (!grant.docker_id.empty())
        return is_given_to_container(grant, question, caller, *task);
    if (grant.role == CredentialsRole::execution || task->network_mode == model::NetworkMode::host)
        return callers_.is_host(question.address);
    return caller.task && caller.task->arn == grant.task_arn;
}

/// Where several have the container's address, its id tells it apart.
bool Broker::is_given_to_container(const Grant& grant, const CredentialsQuestion& question,
                                   const model::Caller& caller, const model::Task& task) const {
    const auto* container = task.find_container(grant.docker_id);
    if (container == nullptr)
        return false;
    if (container->network_mode == "host")
        return callers_.is_host(question.address);
    const bool is_of_task = caller.task && caller.task->arn == grant.task_arn;
    return is_of_task &&
           (caller.container == nullptr || caller.container->docker_id == grant.docker_id);
}

bool Broker::is_given_to(const CredentialsQuestion& question) {
    const auto grant = grants_.find(question.id);
    return grant != grants_.end() &&
           is_given(grant->second, question, world_.find_by_address(question.address));
}

Async<CredentialsAnswer> Broker::find(CredentialsQuestion question) {
    const auto begun = steady_clock::now();
    // Before the id is looked at, so that an answer takes as long whether it is somebody's or not.
    model::Caller caller;
    if (check_source_) {
        std::string address(question.address);
        caller = co_await callers_.find(std::move(address));
    }
    CredentialsAnswer answer;
    const auto found = grants_.find(question.id);
    if (found == grants_.end() || !is_given(found->second, question, caller))
        co_return answer;
    answer.task_arn = found->second.task_arn;
    answer.role = found->second.role;
    answer.reason = found->second.refusal;
    answer.kind = Kind::refused;
    const auto supply = found->second.supply;
    if (!supply)
        co_return answer;
    answer.body = supply->body();
    if (!answer.body) {
        co_await supply->wait_for_body(longest_answer - (steady_clock::now() - begun));
        if (!grants_.contains(question.id))
            co_return CredentialsAnswer(); // its task has ended meanwhile
        answer.body = supply->body();
    }
    answer.kind = answer.body ? Kind::ready : Kind::pending;
    answer.retry_after = supply->retry_after();
    co_return answer;
}

} // namespace agent::credentials
