#include "agent/containers/metadata_files.hpp"

#include "base/empty_at_end.hpp"
#include "base/files.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "metadatafile/document.hpp"
#include "metadatafile/paths.hpp"
#include "metadatafile/writer.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace agent::containers {

namespace log = base::log;
using base::Async;
using base::Errc;
using base::Result;

namespace {

constexpr std::size_t largest_file = 1 << 20;
/// From a write that failed to the next, while nothing changes.
constexpr auto first_write_pause = std::chrono::seconds(5);
constexpr auto longest_write_pause = std::chrono::seconds(300);

/// What the document says, whenever it is written: two of these are equal when nothing has changed.
std::string timeless(const model::Task& task, const model::Container& container,
                     const model::Instance& instance) {
    return metadatafile::render(task, container, instance, base::Time());
}

/// Whether a file says what it should, but for the time at which it was written.
bool is_current(const std::string& text, const model::Task& task, const model::Container& container,
                const model::Instance& instance) {
    const auto document = base::parse_json(text);
    if (!document || !document->is_object() || !document->contains("LastUpdatedAt") ||
        !(*document)["LastUpdatedAt"].is_string())
        return false;
    const auto stamp = (*document)["LastUpdatedAt"].get<std::string>();
    const std::chrono::seconds since_epoch(std::strtoll(stamp.c_str(), nullptr, 10));
    return metadatafile::render(task, container, instance, base::Time(since_epoch)) == text;
}

/// Makes the directory where somebody has removed it; true when it did.
Result<bool> write_or_make_anew(const std::string& directory, const std::string& text) {
    const auto written = metadatafile::write(directory, text);
    if (written)
        return false;
    if (written.error().code() != Errc::not_found)
        return written.error();
    TRY(metadatafile::prepare(directory));
    TRY(metadatafile::write(directory, text));
    return true;
}

} // namespace

MetadataFiles::MetadataFiles(base::Executor loop, base::WorkerPool& workers, model::World& world,
                             std::string data_directory)
    : workers_(workers),
      world_(world),
      data_directory_(std::move(data_directory)),
      writes_(loop),
      write_ended_(loop),
      retry_due_(loop),
      changes_(world.on_change([this](const model::TaskPtr& before, const model::TaskPtr& after) {
          on_change(before, after);
      })) {}

MetadataFiles::~MetadataFiles() {
    const auto turns =
        std::ranges::count_if(files_, [](const auto& entry) { return entry.second.in_flight; });
    base::assert_empty_at_end("turns at a metadata file", static_cast<std::size_t>(turns));
}

Async<Result<std::string>> MetadataFiles::prepare(model::TaskPtr task, std::string container_name) {
    CO_TRY(const auto directory,
           metadatafile::host_directory(data_directory_, task->cluster, task->id, container_name));
    // An attempt before may have left a directory that is written already: what is written last has
    // to be the newest.
    co_await take_turn(directory);
    if (auto newest = world_.find_task(task->arn))
        task = std::move(newest);
    const auto container =
        std::find_if(task->containers.begin(), task->containers.end(),
                     [&](const auto& each) { return each.name == container_name; });
    const auto written = co_await write_first(directory, task, *container, base::PowerCut::safe);
    end_turn(directory);
    CO_TRY(written);
    co_return directory;
}

Async<Result<std::string>> MetadataFiles::prepare_undeclared(model::Task task) {
    const auto newcomer = std::make_shared<const model::Task>(std::move(task));
    const auto& container = newcomer->containers.front();
    CO_TRY(const auto directory,
           metadatafile::host_directory(data_directory_, metadatafile::undeclared,
                                        container.endpoint_id, container.name));
    co_await take_turn(directory);
    const auto written =
        co_await write_first(directory, newcomer, container, base::PowerCut::unsafe);
    end_turn(directory);
    CO_TRY(written);
    co_return directory;
}

Async<Result<std::string>> MetadataFiles::make_volume(std::string name) {
    CO_TRY(const auto directory, metadatafile::volume_directory(data_directory_, name));
    co_await take_turn(directory);
    auto make = [directory] { return metadatafile::prepare(directory); };
    const auto made = co_await base::offload(workers_, std::move(make));
    end_turn(directory);
    CO_TRY(made);
    co_return directory;
}

Async<Result<>> MetadataFiles::begin_volume(std::string name, model::TaskPtr task,
                                            std::string docker_id) {
    CO_TRY(const auto directory, metadatafile::volume_directory(data_directory_, name));
    const auto* container =
        docker_id.empty() ? &task->containers.front() : task->find_container(docker_id);
    if (container == nullptr)
        co_return base::Error(Errc::not_found, "the task has no container '" + docker_id + "'");
    co_await take_turn(directory);
    // A file that says more than this one would may be there: of a container that is started again, or
    // was looked at meanwhile.
    auto look = [directory] {
        std::error_code unknown;
        const auto file = directory + '/' + std::string(metadatafile::file_name);
        return std::filesystem::is_regular_file(std::filesystem::symlink_status(file, unknown));
    };
    const bool is_there = co_await base::offload(workers_, std::move(look));
    Result<> written;
    if (!is_there)
        written = co_await write_first(directory, task, *container, base::PowerCut::safe);
    end_turn(directory);
    co_return written;
}

Async<Result<>> MetadataFiles::remove_volume(std::string name) {
    std::string cluster(metadatafile::volumes);
    co_return co_await remove(std::move(cluster), std::move(name));
}

Async<Result<std::vector<std::string>>> MetadataFiles::list_volumes() {
    auto list = [directory = data_directory_] { return metadatafile::list_volumes(directory); };
    co_return co_await base::offload(workers_, std::move(list));
}

/// Whose turn it is. The container is the task's.
Async<Result<>> MetadataFiles::write_first(std::string directory, model::TaskPtr task,
                                           const model::Container& container,
                                           base::PowerCut after) {
    const auto text = metadatafile::render(*task, container, world_.instance(), base::now());
    auto write = [directory, text, after]() -> Result<> {
        TRY(metadatafile::prepare(directory));
        return metadatafile::write(directory, text, after);
    };
    const auto written = co_await base::offload(workers_, std::move(write));
    if (written)
        files_[directory].text = timeless(*task, container, world_.instance());
    co_return written;
}

/// Lets one write at a time go to a directory; who has taken the turn ends it.
Async<void> MetadataFiles::take_turn(std::string directory) {
    while (files_[directory].in_flight)
        co_await write_ended_.wait_through_cancellation(std::chrono::seconds(1));
    files_[directory].in_flight = true;
}

void MetadataFiles::end_turn(const std::string& directory) {
    files_[directory].in_flight = false;
    write_ended_.notify_all();
}

void MetadataFiles::on_change(const model::TaskPtr& before, const model::TaskPtr& after) {
    if (!after)
        return;
    for (std::size_t i = 0; i < after->containers.size(); ++i)
        if (!after->containers[i].metadata_directory.empty() &&
            (!before || metadatafile::may_differ(*before, *after, i)))
            schedule(*after, after->containers[i]);
}

/// The container whose file stands in the directory; nothing when it has none there any more.
model::ContainerRef MetadataFiles::owner_of(const std::string& directory,
                                            const std::string& endpoint_id) const {
    auto reference = world_.find_by_endpoint_id(endpoint_id);
    if (reference && reference.container->metadata_directory != directory)
        return {};
    return reference;
}

void MetadataFiles::schedule(const model::Task& task, const model::Container& container) {
    auto& file = files_[container.metadata_directory];
    if (file.writing) {
        file.stale = true;
        retry_due_.notify_all();
        return;
    }
    if (timeless(task, container, world_.instance()) == file.text)
        return;
    file.writing = true;
    writes_.spawn("metadata file",
                  write_until_current(container.metadata_directory, container.endpoint_id));
}

/// Writes the file until it says what the World says of its container.
Async<void> MetadataFiles::write_until_current(std::string directory, std::string endpoint_id) {
    auto pause = first_write_pause;
    bool failed = false;
    bool due = true;
    while (due) {
        const auto wrote = co_await write_once(directory, endpoint_id);
        if (wrote) {
            if (failed && *wrote)
                log::info("a metadata file can be written again", {{"directory", directory}});
            failed = false;
            pause = first_write_pause;
            due = files_[directory].stale;
            continue;
        }
        if (!failed)
            log::warn("cannot write a metadata file, keeping the old one for now",
                      {{"directory", directory}, log::why(wrote.error())});
        failed = true;
        co_await wait_to_retry(directory, endpoint_id, pause);
        pause = std::min<std::chrono::seconds>(pause * 2, longest_write_pause);
        due = !ending_;
    }
    files_[directory].writing = false;
    if (!files_[directory].in_flight && !owner_of(directory, endpoint_id))
        files_.erase(directory);
    write_ended_.notify_all();
}

/// True when it wrote, false when there was nothing to write.
Async<Result<bool>> MetadataFiles::write_once(std::string directory, std::string endpoint_id) {
    co_await take_turn(directory);
    files_[directory].stale = false;
    const auto owner = owner_of(directory, endpoint_id);
    std::string text;
    if (owner)
        text = timeless(*owner.task, *owner.container, world_.instance());
    if (!owner || text == files_[directory].text) {
        end_turn(directory);
        co_return false;
    }
    if (files_[directory].text.empty()) {
        const bool is_there = co_await says_already(directory, owner);
        if (is_there) {
            files_[directory].text = std::move(text);
            end_turn(directory);
            co_return false;
        }
    }
    const auto stamped =
        metadatafile::render(*owner.task, *owner.container, world_.instance(), base::now());
    auto write = [directory, stamped] { return write_or_make_anew(directory, stamped); };
    const auto made_anew = co_await base::offload(workers_, std::move(write));
    if (made_anew)
        files_[directory].text = std::move(text);
    end_turn(directory);
    CO_TRY(made_anew);
    if (*made_anew)
        log::warn("a metadata directory was removed under its container, and is made anew; the "
                  "container has it at its next start",
                  {{"directory", directory}});
    co_return true;
}

/// Whether an earlier run of the agent has left what the file should say: then it stays, time stamp included.
Async<bool> MetadataFiles::says_already(std::string directory, model::ContainerRef owner) {
    const auto path = directory + '/' + std::string(metadatafile::file_name);
    auto read = [path] { return base::read_file(path, largest_file); };
    const auto text = co_await base::offload(workers_, std::move(read));
    const bool says = text && is_current(*text, *owner.task, *owner.container, world_.instance());
    co_return says;
}

/// After a failure: until something that the file shows changes, or nobody needs it any more, or so
/// much time has passed.
Async<void> MetadataFiles::wait_to_retry(std::string directory, std::string endpoint_id,
                                         std::chrono::seconds pause) {
    const auto end = std::chrono::steady_clock::now() + pause;
    while (!ending_ && std::chrono::steady_clock::now() < end) {
        if (files_[directory].stale || !owner_of(directory, endpoint_id))
            co_return;
        co_await retry_due_.wait_through_cancellation(end - std::chrono::steady_clock::now());
    }
}

Async<void> MetadataFiles::wait_until_current(std::string directory,
                                              std::chrono::steady_clock::duration limit) {
    const auto stop = co_await base::stop_token();
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!stop.requested() && std::chrono::steady_clock::now() < end) {
        const auto file = files_.find(directory);
        if (file == files_.end() || !file->second.writing)
            co_return;
        co_await write_ended_.wait_for(end - std::chrono::steady_clock::now());
    }
}

bool MetadataFiles::writing_below(const std::string& directory) const {
    for (auto file = files_.lower_bound(directory + '/');
         file != files_.end() && file->first.starts_with(directory + '/'); ++file)
        if (file->second.writing || file->second.in_flight)
            return true;
    return false;
}

Async<Result<>> MetadataFiles::remove(std::string cluster, std::string task_id) {
    CO_TRY(const auto directory, metadatafile::task_directory(data_directory_, cluster, task_id));
    // What waits to try again sees that nobody needs it any more.
    retry_due_.notify_all();
    while (writing_below(directory))
        co_await write_ended_.wait_through_cancellation(std::chrono::seconds(1));
    std::erase_if(files_,
                  [&](const auto& entry) { return entry.first.starts_with(directory + '/'); });
    auto remove_directory = [directory] { return metadatafile::remove_task(directory); };
    CO_TRY(co_await base::offload(workers_, std::move(remove_directory)));
    co_return Result<>();
}

Async<Result<>> MetadataFiles::remove_undeclared(std::string endpoint_id) {
    std::string cluster(metadatafile::undeclared);
    co_return co_await remove(std::move(cluster), std::move(endpoint_id));
}

Async<Result<>> MetadataFiles::reconcile(std::set<std::string> live) {
    auto list = [directory = data_directory_] {
        return metadatafile::list_task_directories(directory);
    };
    CO_TRY(const auto present, co_await base::offload(workers_, std::move(list)));
    for (const auto& task : present) {
        if (live.contains(task.cluster + '/' + task.task_id))
            continue;
        CO_TRY(co_await remove(task.cluster, task.task_id));
        log::info("removed metadata that a task has left", {{"task", task.task_id}});
    }
    co_return Result<>();
}

Async<Result<>>
MetadataFiles::reconcile_undeclared(std::function<bool(const std::string&)> is_live) {
    auto list = [directory = data_directory_] { return metadatafile::list_undeclared(directory); };
    CO_TRY(const auto present, co_await base::offload(workers_, std::move(list)));
    for (const auto& endpoint_id : present) {
        if (is_live(endpoint_id))
            continue;
        CO_TRY(co_await remove_undeclared(endpoint_id));
        log::info("removed metadata that a container has left");
    }
    co_return Result<>();
}

Async<bool> MetadataFiles::drain(std::chrono::steady_clock::duration limit) {
    ending_ = true;
    retry_due_.notify_all();
    co_return co_await writes_.wait(limit);
}

} // namespace agent::containers
