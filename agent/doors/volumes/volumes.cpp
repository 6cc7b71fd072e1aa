#include "agent/doors/volumes/volumes.hpp"

#include "agent/doors/volumes/calls.hpp"
#include "base/empty_at_end.hpp"
#include "base/log.hpp"
#include "metadatafile/paths.hpp"

#include <utility>

namespace agent::doors::volumes {

namespace log = base::log;
using base::Async;
using base::Errc;
using base::Error;
using base::Result;
using std::chrono::steady_clock;

namespace {

/// Also when nobody tells of anything: what never came has ended, too.
constexpr auto longest_rest = std::chrono::minutes(1);
constexpr auto longest_removal = std::chrono::seconds(5);

} // namespace

Volumes::Volumes(base::Executor loop, model::World& world, containers::MetadataFiles& files,
                 std::string data_directory, const Limits& limits)
    : world_(world),
      files_(files),
      data_directory_(std::move(data_directory)),
      limits_(limits),
      seen_(loop),
      left_(loop),
      gone_(loop) {
    changes_ = world_.on_change(
        [this](const auto& before, const auto& after) { on_change(before, after); });
}

Volumes::~Volumes() {
    base::assert_empty_at_end("removals of volumes", leaving_.size());
}

Async<Result<>> Volumes::load() {
    CO_TRY(const auto names, co_await files_.list_volumes());
    const auto now = steady_clock::now();
    for (const auto& name : names)
        if (is_volume_name(name))
            volumes_[name].asked = now;
    co_return Result<>();
}

/// Containers with volumes are few among all that changes.
void Volumes::on_change(const model::TaskPtr& before, const model::TaskPtr& after) {
    const auto has_some = [this](const model::TaskPtr& task) {
        bool found = false;
        if (!task)
            return found;
        for (const auto& container : task->containers)
            for (const auto& mount : container.volumes)
                if (const auto volume = volumes_.find(mount.docker_name); volume != volumes_.end())
                    found = volume->second.was_held = true;
        return found;
    };
    if (has_some(after))
        seen_.notify_all();
    if (has_some(before)) {
        somebody_left_ = true;
        left_.notify_all();
    }
}

bool Volumes::touch(const std::string& name) {
    const auto found = volumes_.find(name);
    if (found == volumes_.end())
        return false;
    found->second.asked = steady_clock::now();
    return true;
}

std::string Volumes::directory_of(const std::string& name) const {
    return metadatafile::volume_directory_below(metadatafile::root_directory(data_directory_),
                                                name);
}

std::vector<std::string> Volumes::names() const {
    std::vector<std::string> names;
    for (const auto& [name, volume] : volumes_)
        names.push_back(name);
    return names;
}

Async<Result<>> Volumes::create(std::string name) {
    const auto stop = co_await base::stop_token();
    const auto end = steady_clock::now() + longest_removal;
    while (leaving_.contains(name) && !stop.requested() && steady_clock::now() < end)
        co_await gone_.wait_for(end - steady_clock::now());
    if (leaving_.contains(name))
        co_return Error(Errc::timeout, "a volume of this name is still being removed");
    const bool is_new = !volumes_.contains(name);
    if (is_new && volumes_.size() >= limits_.volumes)
        co_return Error(Errc::exhausted, "there are " + std::to_string(volumes_.size()) +
                                             " volumes already, which is as many as may be");
    volumes_[name].asked = steady_clock::now();
    const auto made = co_await files_.make_volume(name);
    if (!made && is_new)
        volumes_.erase(name);
    CO_TRY(made);
    co_return Result<>();
}

Async<Result<std::string>> Volumes::mount(std::string name) {
    CO_TRY(co_await create(name));
    const auto directory = directory_of(name);
    const auto holder = co_await wait_for_holder(directory);
    auto task = unknown_task();
    std::string docker_id;
    if (holder) {
        if (const auto volume = volumes_.find(name); volume != volumes_.end())
            volume->second.was_held = true;
        // What the World says may be on its way to the disk.
        co_await files_.wait_until_current(directory, limits_.patience);
        task = holder.task;
        docker_id = holder.container->docker_id;
    }
    const auto begun = co_await files_.begin_volume(name, std::move(task), std::move(docker_id));
    if (!begun)
        log::error("cannot write a metadata file; its container starts without it",
                   {{"volume", name}, log::why(begun.error())});
    co_return directory;
}

/// The container that has the directory; nothing where none is known by the end of the patience.
Async<model::ContainerRef> Volumes::wait_for_holder(std::string directory) {
    const auto stop = co_await base::stop_token();
    const auto end = steady_clock::now() + limits_.patience;
    auto holder = holder_of(directory);
    while (!holder && !stop.requested() && steady_clock::now() < end) {
        co_await seen_.wait_for(end - steady_clock::now());
        holder = holder_of(directory);
    }
    co_return holder;
}

model::ContainerRef Volumes::holder_of(const std::string& directory) const {
    for (const auto& [arn, task] : world_.tasks())
        for (const auto& container : task->containers)
            if (container.metadata_directory == directory)
                return {task, &container};
    return {};
}

/// A task of which nothing is known but where it runs.
model::TaskPtr Volumes::unknown_task() const {
    const auto& instance = world_.instance();
    model::Task task;
    task.cluster = instance.scope.cluster;
    task.availability_zone = instance.availability_zone;
    task.container_instance_arn = instance.container_instance_arn;
    task.containers.emplace_back();
    return std::make_shared<const model::Task>(std::move(task));
}

Async<Result<>> Volumes::remove(std::string name) {
    if (!volumes_.contains(name))
        co_return Error(Errc::not_found, "no such volume");
    if (is_held(name))
        co_return Error(Errc::conflict, "a container has the volume");
    co_return co_await let_go(std::move(name));
}

bool Volumes::is_held(const std::string& name) const {
    for (const auto& [arn, task] : world_.tasks())
        for (const auto& container : task->containers)
            for (const auto& mount : container.volumes)
                if (mount.docker_name == name)
                    return true;
    return false;
}

/// From here on there is none of the name; one that is made anew waits until this one's files are gone.
Async<Result<>> Volumes::let_go(std::string name) {
    volumes_.erase(name);
    leaving_.insert(name);
    const auto removed = co_await files_.remove_volume(name);
    leaving_.erase(name);
    gone_.notify_all();
    co_return removed;
}

/// One that the engine has no record of it asks for neither: there it is enough that the files go, unless it has made
/// one of the name while it was asked.
Async<Result<>> Volumes::have_removed(std::string name, const RemoveInEngine& remove_in_engine) {
    auto removing = remove_in_engine(name);
    CO_TRY(const bool removed, co_await std::move(removing));
    if (!removed && has_ended(name)) {
        CO_TRY(co_await let_go(std::move(name)));
    }
    co_return Result<>();
}

Async<void> Volumes::sweep(std::function<bool()> all_are_seen, RemoveInEngine remove_in_engine) {
    const auto stop = co_await base::stop_token();
    while (!stop.requested()) {
        if (!somebody_left_)
            co_await left_.wait_for(longest_rest);
        co_await base::sleep_for(limits_.sweep_pause);
        somebody_left_ = false;
        if (stop.requested() || !all_are_seen())
            continue;
        // Each is looked at when its turn comes: the engine may have come back to it meanwhile.
        const auto all = names();
        for (const auto& name : all) {
            if (stop.requested() || !all_are_seen())
                break;
            if (!has_ended(name)) {
                // One that the engine has asked for in its last moments goes the next time.
                const auto volume = volumes_.find(name);
                somebody_left_ = somebody_left_ || (volume != volumes_.end() &&
                                                    volume->second.was_held && !is_held(name));
                continue;
            }
            const auto removed = co_await have_removed(name, remove_in_engine);
            const auto left = volumes_.find(name);
            const bool is_told =
                left != volumes_.end() && std::exchange(left->second.told, !removed);
            if (!removed && !is_told && !stop.requested())
                log::warn(
                    "cannot remove a metadata volume; it is tried again, at the next start of the "
                    "agent at the latest",
                    {{"volume", name}, log::why(removed.error())});
        }
    }
}

bool Volumes::has_ended(const std::string& name) const {
    const auto volume = volumes_.find(name);
    if (volume == volumes_.end())
        return false;
    const auto stays = volume->second.was_held ? limits_.settle_time : limits_.unclaimed_time;
    return steady_clock::now() - volume->second.asked >= stays && !is_held(name);
}

} // namespace agent::doors::volumes
