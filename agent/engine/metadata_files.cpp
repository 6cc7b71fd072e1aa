#include "agent/engine/metadata_files.hpp"

#include "base/files.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "metadatafile/document.hpp"
#include "metadatafile/paths.hpp"
#include "metadatafile/writer.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>

namespace agent::engine {

namespace log = base::log;
using base::Async;
using base::Result;

namespace {

constexpr std::size_t largest_file = 1 << 20;

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

} // namespace

MetadataFiles::MetadataFiles(base::Executor loop, base::WorkerPool& workers, model::World& world,
                             std::string data_directory)
    : workers_(workers),
      world_(world),
      data_directory_(std::move(data_directory)),
      writes_(loop),
      write_ended_(loop),
      changes_(world.on_change([this](const model::TaskPtr& before, const model::TaskPtr& after) {
          on_change(before, after);
      })) {}

MetadataFiles::~MetadataFiles() = default;

Async<Result<std::string>> MetadataFiles::prepare(model::TaskPtr task, std::string container_name) {
    CO_TRY(const auto directory,
           metadatafile::host_directory(data_directory_, task->cluster, task->id, container_name));
    const auto container =
        std::find_if(task->containers.begin(), task->containers.end(),
                     [&](const auto& each) { return each.name == container_name; });
    const auto text = metadatafile::render(*task, *container, world_.instance(), base::now());
    auto write = [directory, text]() -> Result<> {
        TRY(metadatafile::prepare(directory));
        return metadatafile::write(directory, text);
    };
    CO_TRY(co_await base::offload(workers_, std::move(write)));
    files_[directory].text = timeless(*task, *container, world_.instance());
    co_return directory;
}

Async<void> MetadataFiles::take_over(const model::Task& task) {
    for (const auto& container : task.containers) {
        if (container.metadata_directory.empty())
            continue;
        const auto path = container.metadata_directory + '/' + std::string(metadatafile::file_name);
        auto read = [path] { return base::read_file(path, largest_file); };
        const auto text = co_await base::offload(workers_, std::move(read));
        if (text && is_current(*text, task, container, world_.instance()))
            files_[container.metadata_directory].text =
                timeless(task, container, world_.instance());
    }
}

void MetadataFiles::on_change(const model::TaskPtr& before, const model::TaskPtr& after) {
    if (!after)
        return;
    for (std::size_t i = 0; i < after->containers.size(); ++i)
        if (!after->containers[i].metadata_directory.empty() &&
            (!before || metadatafile::may_differ(*before, *after, i)))
            schedule(*after, after->containers[i]);
}

void MetadataFiles::schedule(const model::Task& task, const model::Container& container) {
    auto& file = files_[container.metadata_directory];
    if (file.writing) {
        file.stale = true;
        return;
    }
    if (timeless(task, container, world_.instance()) == file.text)
        return;
    file.writing = true;
    writes_.spawn("metadata file",
                  write_until_current(container.metadata_directory, container.endpoint_id));
}

Async<void> MetadataFiles::write_until_current(std::string directory, std::string endpoint_id) {
    const auto stop = co_await base::stop_token();
    for (;;) {
        const auto reference = world_.find_by_endpoint_id(endpoint_id);
        auto file = files_.find(directory);
        if (!reference || reference.container->metadata_directory != directory)
            break;
        file->second.stale = false;
        auto text = timeless(*reference.task, *reference.container, world_.instance());
        if (text == file->second.text) {
            file->second.writing = false;
            write_ended_.notify_all();
            co_return;
        }
        const auto stamped = metadatafile::render(*reference.task, *reference.container,
                                                  world_.instance(), base::now());
        auto write = [directory, stamped] { return metadatafile::write(directory, stamped); };
        const auto written = co_await base::offload(workers_, std::move(write));
        file = files_.find(directory);
        if (written) {
            file->second.text = std::move(text);
        } else {
            log::warn("cannot write a metadata file, keeping the old one for now",
                      {{"directory", directory}, log::why(written.error())});
            co_await base::sleep_for(std::chrono::seconds(5));
            file = files_.find(directory);
            file->second.stale = !stop.requested();
        }
        if (!file->second.stale) {
            file->second.writing = false;
            write_ended_.notify_all();
            co_return;
        }
    }
    files_.erase(directory);
    write_ended_.notify_all();
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
        if (file->second.writing)
            return true;
    return false;
}

Async<Result<>> MetadataFiles::remove(std::string cluster, std::string task_id) {
    CO_TRY(const auto directory, metadatafile::task_directory(data_directory_, cluster, task_id));
    while (writing_below(directory))
        co_await write_ended_.wait_through_cancellation(std::chrono::seconds(1));
    std::erase_if(files_,
                  [&](const auto& entry) { return entry.first.starts_with(directory + '/'); });
    auto remove_directory = [directory] { return metadatafile::remove_task(directory); };
    CO_TRY(co_await base::offload(workers_, std::move(remove_directory)));
    co_return Result<>();
}

Async<Result<>> MetadataFiles::reconcile(std::set<std::string> live) {
    auto list = [directory = data_directory_] { return metadatafile::take_stock(directory); };
    CO_TRY(const auto present, co_await base::offload(workers_, std::move(list)));
    for (const auto& task : present) {
        if (live.contains(task.cluster + '/' + task.task_id))
            continue;
        CO_TRY(co_await remove(task.cluster, task.task_id));
        log::info("removed metadata that a task has left", {{"task", task.task_id}});
    }
    co_return Result<>();
}

Async<bool> MetadataFiles::drain(std::chrono::steady_clock::duration limit) {
    co_return co_await writes_.wait(limit);
}

} // namespace agent::engine
