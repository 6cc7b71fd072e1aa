#include "agent/tasks/plan.hpp"

#include "agent/tasks/dependencies.hpp"

#include <algorithm>

namespace agent::tasks {

namespace {

using definition::ContainerDefinition;
using model::Container;
using model::ContainerStatus;
using model::ContainerType;

bool is_pause(const Container& container) {
    return container.type != ContainerType::normal;
}

bool is_steady(const Container& container) {
    return container.known != ContainerStatus::stopped &&
           container.known >= model::steady_status(container.type);
}

/// Ours to make and end; one that merely joined the task's namespace is its owner's.
std::vector<const Container*> declared(const model::Task& task) {
    std::vector<const Container*> all;
    for (const auto& container : task.containers)
        if (container.declared)
            all.push_back(&container);
    return all;
}

const ContainerDefinition* definition_of(const Situation& situation, const Container& container) {
    const auto& all = situation.definition.containers;
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& each) {
        return !is_pause(container) && each.name == container.name;
    });
    return found == all.end() ? nullptr : &*found;
}

void look_again_at(Plan& plan, base::Time time) {
    plan.look_again = plan.look_again ? std::min(*plan.look_again, time) : time;
}

class StartUp {
public:
    explicit StartUp(const Situation& situation)
        : situation_(situation), containers_(declared(situation.task)) {
        pauses_up_ = std::all_of(containers_.begin(), containers_.end(), [](const auto* each) {
            return !is_pause(*each) || is_steady(*each);
        });
    }

    Plan plan() {
        // Also before one that is there is started: the host may have been, too.
        const bool starts =
            std::any_of(containers_.begin(), containers_.end(), [](const auto* each) {
                return each->known < ContainerStatus::running || model::awaits_restart(*each);
            });
        if (starts && !situation_.provisioned && !situation_.busy.contains(""))
            plan_.steps.push_back({Action::provision, "", ""});
        for (const auto* container : containers_)
            if (!situation_.busy.contains(container->name))
                advance(*container);
        return std::move(plan_);
    }

private:
    void add(Action action, const Container& container, std::string reason = {}) {
        plan_.steps.push_back({action, container.name, std::move(reason)});
    }

    void advance(const Container& container) {
        switch (container.known) {
        case ContainerStatus::none:
        case ContainerStatus::pulled: towards_creation(container); break;
        case ContainerStatus::created:
            if (may_start(container))
                add(Action::start, container);
            break;
        case ContainerStatus::running:
            if (container.type == ContainerType::cni_pause)
                add(Action::attach, container);
            break;
        case ContainerStatus::resources_provisioned: break;
        case ContainerStatus::stopped:
            if (model::awaits_restart(container) && may_start(container))
                add(Action::restart, container);
            break;
        }
    }

    /// Docker starts no container whose links' targets do not run, but they may yet.
    bool may_start(const Container& container) {
        const auto* definition = definition_of(situation_, container);
        const auto link =
            definition ? link_waited_for(*definition, situation_.task) : std::string();
        if (!link.empty())
            plan_.waits.push_back({container.name, "container " + link + " to run"});
        return situation_.provisioned && link.empty();
    }

    void towards_creation(const Container& container) {
        if (is_pause(container)) {
            if (situation_.provisioned)
                add(Action::create, container);
            return;
        }
        const auto& definition = *definition_of(situation_, container);
        const auto ready = readiness(definition, situation_.task, situation_.definition,
                                     situation_.now, situation_.start_timeout);
        if (ready.deadline)
            look_again_at(plan_, *ready.deadline);
        if (ready.state == Readiness::State::never) {
            add(Action::fail, container, ready.reason);
            return;
        }
        const bool is_ready = ready.state == Readiness::State::ready;
        for (const auto& what : ready.waits_for)
            plan_.waits.push_back({container.name, what});
        if (container.known == ContainerStatus::none) {
            if (is_ready || situation_.pull_upfront)
                add(Action::pull, container);
        } else if (is_ready && pauses_up_ && situation_.provisioned) {
            add(Action::create, container);
        }
    }

    const Situation& situation_;
    std::vector<const Container*> containers_;
    bool pauses_up_ = false;
    Plan plan_;
};

class ShutDown {
public:
    explicit ShutDown(const Situation& situation)
        : situation_(situation), containers_(declared(situation.task)) {}

    Plan plan() {
        for (const auto* container : containers_)
            if (!situation_.busy.contains(container->name))
                end(*container);
        if (plan_.steps.empty() && all_ended() && situation_.busy.empty())
            clean_up();
        return std::move(plan_);
    }

    bool all_ended() const {
        return std::all_of(containers_.begin(), containers_.end(), [](const auto* each) {
            return each->known == ContainerStatus::stopped;
        });
    }

private:
    void end(const Container& container) {
        if (container.known == ContainerStatus::stopped)
            return;
        if (container.docker_id.empty())
            plan_.steps.push_back({Action::give_up, container.name, ""});
        else if (!is_needed(container))
            plan_.steps.push_back(
                {container.known == ContainerStatus::created ? Action::remove : Action::stop,
                 container.name, ""});
    }

    /// Whether another that has not ended yet depends on this one.
    bool is_needed(const Container& container) const {
        return std::any_of(containers_.begin(), containers_.end(), [&](const auto* other) {
            // One that is being restarted counts as what it will be.
            const bool ended =
                other->known == ContainerStatus::stopped && !situation_.busy.contains(other->name);
            if (other == &container || ended)
                return false;
            if (is_pause(container))
                return !is_pause(*other);
            const auto* definition = definition_of(situation_, *other);
            return definition != nullptr && depends_on(*definition, container.name);
        });
    }

    void clean_up() {
        if (!situation_.released) {
            plan_.steps.push_back({Action::release, "", ""});
            return;
        }
        const auto stopped_at = situation_.task.execution_stopped_at.value_or(situation_.now);
        const auto due = stopped_at + situation_.cleanup_wait;
        if (situation_.now < due) {
            look_again_at(plan_, due);
            return;
        }
        // The pause containers last: Podman removes none whose namespaces others have.
        for (const bool pauses : {false, true}) {
            for (const auto* container : containers_)
                if (is_pause(*container) == pauses && !container->docker_id.empty())
                    plan_.steps.push_back({Action::remove, container->name, ""});
            if (!plan_.steps.empty())
                return;
        }
        plan_.steps.push_back({Action::forget, "", ""});
    }

    const Situation& situation_;
    std::vector<const Container*> containers_;
    Plan plan_;
};

bool is_to_run(const Situation& situation) {
    return situation.goal == Goal::run && situation.task.desired == model::TaskStatus::running;
}

} // namespace

std::string_view to_string(Action action) {
    switch (action) {
    case Action::provision: return "provision";
    case Action::pull: return "pull";
    case Action::create: return "create";
    case Action::start: return "start";
    case Action::attach: return "attach";
    case Action::restart: return "restart";
    case Action::fail: return "fail";
    case Action::stop: return "stop";
    case Action::give_up: return "give_up";
    case Action::release: return "release";
    case Action::remove: return "remove";
    case Action::forget: return "forget";
    }
    return "unknown";
}

Plan next_steps(const Situation& situation) {
    return is_to_run(situation) ? StartUp(situation).plan() : ShutDown(situation).plan();
}

bool is_at_rest(const Situation& situation) {
    return !is_to_run(situation) && situation.released && situation.busy.empty() &&
           ShutDown(situation).all_ended();
}

} // namespace agent::tasks
