#include "agent/definition/tables.hpp"

#include <map>

namespace agent::definition {

namespace {

using base::Result;
using Condition = Dependency::Condition;

/// The containers of a task by name, and whom each of them waits for.
class Order {
public:
    explicit Order(const TaskDefinition& task) : task_(task) {
        for (std::size_t i = 0; i < task.containers.size(); ++i)
            if (!task.containers[i].name.empty())
                numbers_.emplace(task.containers[i].name, i);
            else
                all_named_ = false;
        waits_for_.resize(task.containers.size());
    }

    /// Notes that container `who` needs the one called `name`, and returns that one; nullptr where a name was
    /// not well-formed, so that it may be anybody's.
    Result<const ContainerDefinition*> add(std::size_t who, const std::string& name,
                                           const Place& place) {
        const auto found = numbers_.find(name);
        if (found == numbers_.end() && (name.empty() || !all_named_))
            return nullptr;
        if (found == numbers_.end())
            return refuse(place, "no container " + in_quotes(name) + " in the task");
        if (found->second == who)
            return refuse(place, "names its own container");
        waits_for_[who].push_back(found->second);
        return &task_.containers[found->second];
    }

    /// "a -> b -> a" for some cycle, "" when there is none.
    std::string cycle() const {
        std::vector<State> states(waits_for_.size(), State::unseen);
        std::vector<std::size_t> trail;
        for (std::size_t i = 0; i < states.size(); ++i)
            if (auto found = cycle_from(i, states, trail); !found.empty())
                return found;
        return {};
    }

private:
    enum class State { unseen, on_trail, done };

    // As deep as there are containers, of which there are few.
    std::string cycle_from(std::size_t number, std::vector<State>& states,
                           std::vector<std::size_t>& trail) const {
        if (states[number] == State::done)
            return {};
        if (states[number] == State::on_trail) {
            std::string text;
            for (auto i = std::ranges::find(trail, number); i != trail.end(); ++i)
                text += task_.containers[*i].name + " -> ";
            return text + task_.containers[number].name;
        }
        states[number] = State::on_trail;
        trail.push_back(number);
        for (const auto next : waits_for_[number])
            if (auto found = cycle_from(next, states, trail); !found.empty())
                return found;
        trail.pop_back();
        states[number] = State::done;
        return {};
    }

    const TaskDefinition& task_;
    bool all_named_ = true;
    std::map<std::string_view, std::size_t> numbers_;
    std::vector<std::vector<std::size_t>> waits_for_;
};

Result<> check_condition(Condition condition, const ContainerDefinition& other,
                         const Place& place) {
    const auto& check = other.health_check;
    const bool checked = check && (check->command.empty() || check->command.front() != "NONE");
    if (condition == Condition::healthy && !checked)
        return refuse(place,
                      "HEALTHY needs a healthCheck of the container " + in_quotes(other.name));
    if ((condition == Condition::complete || condition == Condition::success) && other.essential)
        return refuse(place, std::string(to_string(condition)) + " needs \"essential\": false of " +
                                 "the container " + in_quotes(other.name) +
                                 ", since a task ends with an essential one");
    return {};
}

/// What one of a container's dependsOn says.
Result<> check_dependency(const Dependency& dependency, std::size_t number, Order& order,
                          const Place& place) {
    TRY(const auto* other, order.add(number, dependency.container, join(place, "containerName")));
    return other ? check_condition(dependency.condition, *other, join(place, "condition"))
                 : Result<>();
}

Result<> check_name(const std::string& name, std::size_t number, Order& order, const Place& place) {
    TRY(order.add(number, name, place));
    return {};
}

Result<> check_container(const ContainerDefinition& container, std::size_t number, Order& order,
                         const Place& place) {
    Parts parts(place);
    for (std::size_t i = 0; i < container.depends_on.size(); ++i)
        parts.add(check_dependency(container.depends_on[i], number, order,
                                   join(join(place, "dependsOn"), i)));
    for (std::size_t i = 0; i < container.links.size(); ++i) {
        const auto& link = container.links[i];
        parts.add(check_name(link.substr(0, link.find(':')), number, order,
                             join(join(place, "links"), i)));
    }
    for (std::size_t i = 0; i < container.volumes_from.size(); ++i)
        parts.add(check_name(container.volumes_from[i].source_container, number, order,
                             join(join(join(place, "volumesFrom"), i), "sourceContainer")));
    return parts.result();
}

} // namespace

Result<> check_order(const TaskDefinition& task, const Place& containers) {
    Parts parts(containers);
    Order order(task);
    for (std::size_t i = 0; i < task.containers.size(); ++i)
        parts.add(check_container(task.containers[i], i, order, join(containers, i)));
    if (const auto cycle = order.cycle(); !cycle.empty())
        parts.add(refuse(containers, "a circle of dependsOn, links and volumesFrom: " + cycle));
    return parts.result();
}

} // namespace agent::definition
