#include "agent/tasks/dependencies.hpp"

#include <algorithm>
#include <vector>

namespace agent::tasks {

namespace {

using definition::Dependency;
using model::Container;
using model::ContainerStatus;
using std::chrono::milliseconds;
using State = Readiness::State;

/// How far another container must be.
enum class Need { created, started, ended, succeeded, healthy };

struct Edge {
    std::string container;
    Need need;
};

Need need_of(Dependency::Condition condition) {
    switch (condition) {
    case Dependency::Condition::start: return Need::started;
    case Dependency::Condition::complete: return Need::ended;
    case Dependency::Condition::success: return Need::succeeded;
    case Dependency::Condition::healthy: return Need::healthy;
    }
    return Need::started;
}

std::string_view words_for(Need need) {
    switch (need) {
    case Need::created: return "was never created";
    case Need::started: return "was never started";
    case Need::ended: return "did not end";
    case Need::succeeded: return "did not succeed";
    case Need::healthy: return "did not become healthy";
    }
    return "";
}

std::string_view words_for_waiting(Need need) {
    switch (need) {
    case Need::created: return "to be created";
    case Need::started: return "to be started";
    case Need::ended: return "to end";
    case Need::succeeded: return "to succeed";
    case Need::healthy: return "to become healthy";
    }
    return "";
}

std::vector<Edge> edges_of(const definition::ContainerDefinition& container) {
    std::vector<Edge> edges;
    for (const auto& volumes : container.volumes_from)
        edges.push_back({volumes.source_container, Need::created});
    for (const auto& link : container.links)
        edges.push_back({link.substr(0, link.find(':')), Need::started});
    for (const auto& dependency : container.depends_on)
        edges.push_back({dependency.container, need_of(dependency.condition)});
    return edges;
}

/// Whether `other` is as far as it must be, can still get there, or never will.
State judge(const Container& other, Need need) {
    const bool ended = other.known == ContainerStatus::stopped && !model::awaits_restart(other);
    const bool was_started = other.started_at.has_value() || model::is_running(other);
    switch (need) {
    case Need::created:
        if (!other.docker_id.empty())
            return State::ready;
        return ended ? State::never : State::waiting;
    case Need::started:
        // A pause container counts when it is provisioned, all others when they run.
        if (was_started)
            return State::ready;
        return ended ? State::never : State::waiting;
    case Need::ended:
        if (!ended)
            return State::waiting;
        return was_started ? State::ready : State::never;
    case Need::succeeded:
        if (!ended)
            return State::waiting;
        return was_started && other.exit_code == 0 ? State::ready : State::never;
    case Need::healthy:
        if (model::is_running(other) && other.health && other.health->status == "HEALTHY")
            return State::ready;
        return ended ? State::never : State::waiting;
    }
    return State::waiting;
}

/// Until when the one that is waited for must be so far.
struct Deadline {
    base::Time time;
    std::string words; ///< for who asks why it has passed
};

/// How long one without a startTimeout may take to be healthy.
milliseconds patience_with(const definition::ContainerDefinition& container,
                           milliseconds start_timeout) {
    const auto check = container.health_check.value_or(definition::HealthCheck());
    const auto verdict = check.start_period + check.retries * (check.interval + check.timeout);
    return std::max<milliseconds>(start_timeout, verdict);
}

/// By its startTimeout (agent-lifecycle 3.6); without one health alone has a limit.
std::optional<Deadline> deadline_of(const Container& other, Need need,
                                    const definition::TaskDefinition& definition,
                                    milliseconds start_timeout) {
    if (need == Need::created || need == Need::started || !other.started_at)
        return std::nullopt;
    const auto found = std::ranges::find(definition.containers, other.name,
                                         &definition::ContainerDefinition::name);
    if (found == definition.containers.end())
        return std::nullopt;
    if (found->start_timeout)
        return Deadline{*other.started_at + *found->start_timeout, " within its startTimeout"};
    if (need != Need::healthy)
        return std::nullopt;
    const auto patience = patience_with(*found, start_timeout);
    const auto limit = std::chrono::ceil<std::chrono::seconds>(patience);
    return Deadline{*other.started_at + patience, " within " + std::to_string(limit.count()) +
                                                      " s, the limit without a startTimeout"};
}

Readiness never(const Edge& edge) {
    return {State::never,
            std::nullopt,
            "container " + edge.container + ' ' + std::string(words_for(edge.need)),
            {}};
}

} // namespace

Readiness readiness(const definition::ContainerDefinition& container, const model::Task& task,
                    const definition::TaskDefinition& definition, base::Time now,
                    milliseconds start_timeout) {
    Readiness all;
    for (const auto& edge : edges_of(container)) {
        const auto other =
            std::find_if(task.containers.begin(), task.containers.end(), [&](const auto& each) {
                return each.declared && each.name == edge.container;
            });
        if (other == task.containers.end())
            return never(edge);
        const auto state = judge(*other, edge.need);
        if (state == State::never)
            return never(edge);
        if (state == State::ready)
            continue;
        all.state = State::waiting;
        all.waits_for.push_back("container " + edge.container + ' ' +
                                std::string(words_for_waiting(edge.need)));
        const auto deadline = deadline_of(*other, edge.need, definition, start_timeout);
        if (!deadline)
            continue;
        if (now >= deadline->time) {
            auto late = never(edge);
            late.reason += deadline->words;
            return late;
        }
        all.deadline = all.deadline ? std::min(*all.deadline, deadline->time) : deadline->time;
    }
    return all;
}

std::string link_waited_for(const definition::ContainerDefinition& container,
                            const model::Task& task) {
    const auto coming = [](const Container& other) {
        return other.known < ContainerStatus::running || model::awaits_restart(other);
    };
    for (const auto& link : container.links) {
        auto name = link.substr(0, link.find(':'));
        if (std::ranges::any_of(task.containers, [&](const auto& other) {
                return other.declared && other.name == name && coming(other);
            }))
            return name;
    }
    return {};
}

bool depends_on(const definition::ContainerDefinition& container, const std::string& other) {
    const auto edges = edges_of(container);
    return std::any_of(edges.begin(), edges.end(),
                       [&](const auto& edge) { return edge.container == other; });
}

} // namespace agent::tasks
