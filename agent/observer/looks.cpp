#include "agent/observer/looks.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <utility>

namespace agent::observer {

namespace log = base::log;
using base::Async;
using base::Errc;
using base::Error;
using base::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

/// Docker inspects side by side, but each inspection may wait for its container's lock.
constexpr std::size_t most_looks_at_once = 16;
/// How long an inspection may make others wait; one of a sick container makes nobody wait.
constexpr auto patience = seconds(2);
constexpr auto patience_with_the_sick = seconds(30);
/// Until a container is sick whose inspection fails at once.
constexpr int most_attempts = 5;
constexpr auto pause_between_attempts = milliseconds(100);
constexpr auto longest_pause_before_a_retry = milliseconds(10000);
constexpr auto longest_wait_for_a_look = seconds(30);

} // namespace

Looks::Looks(base::Executor loop, docker::Client& docker, const model::World& world, Take take)
    : docker_(docker),
      world_(world),
      take_(std::move(take)),
      tasks_(loop),
      changed_(loop),
      slots_(loop, most_looks_at_once),
      sick_slots_(loop, most_looks_at_once) {}

void Looks::look(const std::string& docker_id) {
    if (ended_)
        return;
    const auto [entry, added] = due_.try_emplace(docker_id);
    if (added)
        tasks_.spawn("look", run(docker_id));
    else
        entry->second.again = true;
}

std::optional<steady_clock::time_point> Looks::due_since(const std::string& docker_id) const {
    const auto entry = due_.find(docker_id);
    return entry == due_.end() ? std::nullopt : std::optional(entry->second.since);
}

bool Looks::is_waited_for(const std::string& docker_id, std::uint64_t begun) const {
    const auto entry = due_.find(docker_id);
    return entry != due_.end() && entry->second.seen <= begun;
}

Async<void> Looks::wait_for(std::set<std::string> docker_ids, std::uint64_t begun) {
    const auto stop = co_await base::stop_token();
    for (const auto& docker_id : docker_ids) {
        while (is_waited_for(docker_id, begun) && !is_sick(docker_id) && !stop.requested())
            co_await changed_.wait_for(longest_wait_for_a_look);
    }
}

Async<void> Looks::look_and_wait(std::string docker_id) {
    const auto stop = co_await base::stop_token();
    const auto end = steady_clock::now() + longest_wait_for_a_look;
    const auto begun = begun_;
    look(docker_id);
    while (is_waited_for(docker_id, begun) && steady_clock::now() < end && !stop.requested())
        co_await changed_.wait_for(end - steady_clock::now());
}

/// Until nothing has happened since the last inspection began, or Docker cannot tell.
Async<void> Looks::run(std::string docker_id) {
    const auto stop = co_await base::stop_token();
    int failures = 0;
    for (bool done = false; !done && !stop.requested();) {
        const bool was_sick = is_sick(docker_id);
        const auto found = co_await inspect_in_turn(docker_id, was_sick);
        if (stop.requested())
            break;
        if (found) {
            failures = 0;
            if (due_[docker_id].destroyed)
                apply(docker_id, std::nullopt);
            else
                apply(docker_id, *found);
            done = !due_[docker_id].again;
            continue;
        }
        const bool too_slow = found.error().code() == Errc::timeout;
        const bool gives_up = ++failures == most_attempts;
        // When the engine is away the container is none the worse for it.
        const bool engine_away = found.error().code() == Errc::unavailable;
        if ((was_sick || too_slow || gives_up) && !engine_away)
            fall_sick(docker_id, found.error());
        // What was only too slow is waited for once more, where that makes nobody else wait.
        done = was_sick || gives_up;
        if (done)
            retry_later(docker_id);
        else if (!too_slow)
            co_await base::sleep_for(pause_between_attempts * failures);
    }
    due_.erase(docker_id);
    changed_.notify_all();
}

Async<Result<std::optional<Looks::Inspect>>> Looks::inspect_in_turn(std::string docker_id,
                                                                    bool among_the_sick) {
    auto& slots = among_the_sick ? sick_slots_ : slots_;
    const bool taken = co_await slots.take();
    if (!taken)
        co_return Error(Errc::cancelled, "the agent ends");
    ++begun_;
    if (const auto entry = due_.find(docker_id); entry != due_.end()) {
        entry->second.inspection = begun_;
        entry->second.again = false;
    }
    const milliseconds deadline = among_the_sick ? patience_with_the_sick : patience;
    auto found = co_await docker_.inspect_container(docker_id, deadline);
    slots.give_back();
    co_return std::move(found);
}

void Looks::apply(const std::string& docker_id, const std::optional<Inspect>& found) {
    if (found)
        recover(docker_id);
    else
        drop_sickness(docker_id);
    for (const auto& because_of_it : take_(docker_id, found))
        look(because_of_it);
    auto& entry = due_[docker_id];
    entry.seen = entry.inspection;
    changed_.notify_all();
}

void Looks::fall_sick(const std::string& docker_id, const Error& why) {
    const auto [entry, is_new] = sick_.insert_or_assign(docker_id, why.what());
    if (is_new)
        log::warn("cannot inspect a container; what is known of it stands, trying until it can be",
                  {{"container", name_of(docker_id)}, {"docker_id", docker_id}, log::why(why)});
    changed_.notify_all();
}

void Looks::recover(const std::string& docker_id) {
    retries_.erase(docker_id);
    if (sick_.erase(docker_id) > 0)
        log::info("a container can be inspected again",
                  {{"container", name_of(docker_id)}, {"docker_id", docker_id}});
}

void Looks::forget(const std::string& docker_id) {
    if (const auto entry = due_.find(docker_id); entry != due_.end())
        entry->second.destroyed = true;
    drop_sickness(docker_id);
}

void Looks::drop_sickness(const std::string& docker_id) {
    retries_.erase(docker_id);
    sick_.erase(docker_id);
}

void Looks::retry_later(const std::string& docker_id) {
    auto& retry = retries_[docker_id];
    if (retry.waits)
        return;
    retry.waits = true;
    tasks_.spawn("late look", run_later(docker_id, retry.pause));
    retry.pause = std::min<milliseconds>(retry.pause * 2, longest_pause_before_a_retry);
}

Async<void> Looks::run_later(std::string docker_id, milliseconds pause) {
    const bool waited = co_await base::sleep_for(pause);
    const auto retry = retries_.find(docker_id);
    if (!waited || retry == retries_.end())
        co_return;
    retry->second.waits = false;
    look(docker_id);
}

Async<Result<Looks::Found>> Looks::inspect(std::vector<std::string> docker_ids) {
    if (ended_)
        co_return Error(Errc::cancelled, "inspect containers: the agent ends");
    const auto stop = co_await base::stop_token();
    // Shared with the inspections: when the caller is asked to end they may take longer than he.
    const auto batch = std::make_shared<Batch>();
    batch->left = docker_ids.size();
    for (const auto& docker_id : docker_ids)
        tasks_.spawn("inspection", inspect_for(batch, docker_id));
    while (batch->left > 0 && !stop.requested())
        co_await changed_.wait_for(longest_wait_for_a_look);
    if (batch->left > 0)
        co_return Error(Errc::cancelled, "inspect containers: the agent ends");
    if (batch->unanswered.empty())
        co_return std::move(batch->found);
    // Of one container only, or of all: an engine may break a connection over what is asked on it.
    CO_TRY(co_await docker_.ping(patience));
    for (const auto& [docker_id, why] : batch->unanswered) {
        batch->found.sick.insert(docker_id);
        fall_sick(docker_id, why);
    }
    co_return std::move(batch->found);
}

Async<void> Looks::inspect_for(std::shared_ptr<Batch> batch, std::string docker_id) {
    auto found = co_await inspect_in_turn(docker_id, false);
    if (found && *found) {
        recover(docker_id);
        batch->found.containers.emplace(docker_id, std::move(**found));
    } else if (found) {
        drop_sickness(docker_id);
    } else if (found.error().code() == Errc::unavailable ||
               found.error().code() == Errc::cancelled) {
        batch->unanswered.emplace(docker_id, found.error());
    } else {
        batch->found.sick.insert(docker_id);
        fall_sick(docker_id, found.error());
    }
    --batch->left;
    changed_.notify_all();
}

std::string Looks::name_of(const std::string& docker_id) const {
    const auto known = world_.find_by_docker_id(docker_id);
    return known ? known.container->docker_name : docker_id.substr(0, 12);
}

Async<void> Looks::end() {
    ended_ = true;
    tasks_.cancel();
    co_await tasks_.wait(seconds(5));
}

} // namespace agent::observer
