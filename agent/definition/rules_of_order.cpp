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
            numbers_.emplace(task.containers[i].name, i);
        waits_for_.resize(task.containers.size());
    }

    /// Notes that container `who` needs the one called `name`, and returns that one.
    Result<const ContainerDefinition*> add(std::size_t who, const std::string& name,
                                           const Place& place) {
        const auto found = numbers_.find(name);
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
    std::map<std::string_view, std::size_t> numbers_;
    std::vector<std::vector<std::size_t>> waits_for_;
};

Result<> check_condition(Condition condition, const ContainerDefinition& other,
                         const Place& place) {
    const bool checked = other.health_check && other.health_check->command.front() != "NONE";
    if (condition == Condition::healthy && !checked)
        return refuse(place,
                      "HEALTHY needs a healthCheck of the container " + in_quotes(other.name));
    if ((condition == Condition::complete || condition == Condition::success) && other.essential)
        return refuse(place, std::string(to_string(condition)) + " needs \"essential\": false of " +
                                 "the container " + in_quotes(other.name) +
                                 ", since a task ends with an essential one");
    return {};
}

Result<> check_container(const ContainerDefinition& container, std::size_t number, Order& order,
                         const Place& place) {
    for (std::size_t i = 0; i < container.depends_on.size(); ++i) {
        const auto& dependency = container.depends_on[i];
        const auto where = join(join(place, "dependsOn"), i);
        TRY(const auto* other,
            order.add(number, dependency.container, join(where, "containerName")));
        TRY(check_condition(dependency.condition, *other, join(where, "condition")));
    }
    for (std::size_t i = 0; i < container.links.size(); ++i) {
        const auto& link = container.links[i];
        TRY(order.add(number, link.substr(0, link.find(':')), join(join(place, "links"), i)));
    }
    for (std::size_t i = 0; i < container.volumes_from.size(); ++i)
        TRY(order.add(number, container.volumes_from[i].source_container,
                      join(join(join(place, "volumesFrom"), i), "sourceContainer")));
    return {};
}

} // namespace

Result<> check_order(const TaskDefinition& task, const Place& containers) {
    Order order(task);
    for (std::size_t i = 0; i < task.containers.size(); ++i)
        TRY(check_container(task.containers[i], i, order, join(containers, i)));
    if (const auto cycle = order.cycle(); !cycle.empty())
        return refuse(containers, "a circle of dependsOn, links and volumesFrom: " + cycle);
    return {};
}

} // namespace agent::definition
