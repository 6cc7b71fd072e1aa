#include "agent/tasks/dependencies.hpp"

#include <algorithm>
#include <vector>

namespace agent::tasks {

namespace {

using definition::Dependency;
using model::Container;
using model::ContainerStatus;
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

/// How long the one that is waited for may take, by its own startTimeout (agent-lifecycle 3.6).
std::optional<base::Time> deadline_of(const Container& other, Need need,
                                      const definition::TaskDefinition& definition) {
    if (need == Need::created || need == Need::started || !other.started_at)
        return std::nullopt;
    const auto found = std::find_if(definition.containers.begin(), definition.containers.end(),
                                    [&](const auto& each) { return each.name == other.name; });
    if (found == definition.containers.end() || !found->start_timeout)
        return std::nullopt;
    return *other.started_at + *found->start_timeout;
}

Readiness never(const Edge& edge) {
    return {State::never, std::nullopt,
            "container " + edge.container + ' ' + std::string(words_for(edge.need))};
}

} // namespace

Readiness readiness(const definition::ContainerDefinition& container, const model::Task& task,
                    const definition::TaskDefinition& definition, base::Time now) {
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
        const auto deadline = deadline_of(*other, edge.need, definition);
        if (!deadline)
            continue;
        if (now >= *deadline) {
            auto late = never(edge);
            late.reason += " within its startTimeout";
            return late;
        }
        all.deadline = all.deadline ? std::min(*all.deadline, *deadline) : *deadline;
    }
    return all;
}

bool waits_for_link(const definition::ContainerDefinition& container, const model::Task& task) {
    const auto coming = [](const Container& other) {
        return other.known < ContainerStatus::running || model::awaits_restart(other);
    };
    return std::any_of(container.links.begin(), container.links.end(), [&](const auto& link) {
        const auto name = link.substr(0, link.find(':'));
        return std::any_of(task.containers.begin(), task.containers.end(), [&](const auto& other) {
            return other.declared && other.name == name && coming(other);
        });
    });
}

bool depends_on(const definition::ContainerDefinition& container, const std::string& other) {
    const auto edges = edges_of(container);
    return std::any_of(edges.begin(), edges.end(),
                       [&](const auto& edge) { return edge.container == other; });
}

} // namespace agent::tasks
