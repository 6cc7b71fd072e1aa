#include "agent/tasks/folder_watch.hpp"

#include "agent/definition/tasks_folder.hpp"
#include "agent/tasks/link_places.hpp"
#include "base/fd_linux.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/inotify.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <utility>

namespace agent::tasks {

namespace asio = boost::asio;
using base::Async;
using base::Fd;
using base::Result;
using std::chrono::steady_clock;

namespace {

constexpr auto token = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t folder_mask = IN_CLOSE_WRITE | IN_MODIFY | IN_MOVED_TO | IN_MOVED_FROM |
                                      IN_DELETE | IN_CREATE | IN_OPEN | IN_DELETE_SELF |
                                      IN_MOVE_SELF | IN_ONLYDIR;
/// Whoever writes to a file and then nothing for so long has finished with it, closed or not.
constexpr auto longest_pause_of_a_writer = std::chrono::seconds(10);
/// A folder that never is quiet is read all the same.
constexpr auto longest_burst = std::chrono::seconds(1);
constexpr std::uint32_t parent_mask = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE;
/// Of folders in which something is that links lead over; one may be watched for another reason as well.
constexpr std::uint32_t target_mask =
    IN_CLOSE_WRITE | IN_MODIFY | parent_mask | IN_DELETE_SELF | IN_MOVE_SELF | IN_MASK_ADD;

/// So many of both kinds of files are read, linked or not.
constexpr std::size_t most_followed_links = 2 * definition::max_task_files;
/// In so many folders something may be that these lead over; of what is elsewhere the next look hears.
constexpr std::size_t most_watched_folders = 4096;

/// The links of the tasks folder that lead over a name, and of each whether it leads no further: the name is
/// the file that is read.
using LinksByName = std::map<std::string, std::map<std::string, bool>>;

struct Watches {
    int folder = -1;
    std::map<int, LinksByName> targets; ///< by watch
};

/// Watches a place, or of one whose folder is not there what it would be in.
void watch_place(int inotify, LinkPlace place, bool is_end, const std::string& link,
                 Watches& watches) {
    for (;;) {
        const auto watch = inotify_add_watch(inotify, place.folder.c_str(), target_mask);
        if (watch >= 0) {
            // The link itself is watched with the folder.
            if (watch != watches.folder || place.name != link) {
                auto& ends_there = watches.targets[watch][place.name][link];
                ends_there = ends_there || is_end;
            }
            return;
        }
        const bool is_missing = errno == ENOENT;
        const std::filesystem::path missing(place.folder);
        if (!is_missing || !missing.has_filename())
            return;
        place = {missing.parent_path().string(), missing.filename().string()};
        is_end = false;
    }
}

bool is_read(const std::string& name) {
    return definition::is_task_file_name(name) || definition::is_overrides_file_name(name);
}

/// The folder that has the name now, which may be another than before, or none; and where those of its links
/// lead that are read.
Watches watch_all(int inotify, const std::string& folder) {
    Watches watches;
    watches.folder = inotify_add_watch(inotify, folder.c_str(), folder_mask);
    std::error_code failure;
    std::filesystem::directory_iterator entry(folder, failure);
    std::size_t followed = 0;
    for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
        const auto link = entry->path().filename().string();
        std::error_code unknown;
        if (!is_read(link) || !entry->is_symlink(unknown))
            continue;
        if (++followed > most_followed_links || watches.targets.size() >= most_watched_folders)
            break;
        const auto places = link_places(entry->path().string());
        for (std::size_t i = 0; i < places.size(); ++i)
            watch_place(inotify, places[i], i + 1 == places.size(), link, watches);
    }
    return watches;
}

} // namespace

struct FolderWatch::Impl {
    Impl(const base::Executor& loop, base::WorkerPool& its_workers, Fd inotify, std::string path)
        : workers(its_workers),
          descriptor(loop, inotify.get()),
          timer(loop),
          folder(std::move(path)) {
        inotify.release();
    }

    Async<void> watch() {
        auto add = [inotify = descriptor.native_handle(), name = folder] {
            return watch_all(inotify, name);
        };
        auto now = co_await base::offload(workers, std::move(add));
        for (const auto& [watch, links] : watches.targets)
            if (!now.targets.contains(watch) && watch != now.folder && watch != parent)
                inotify_rm_watch(descriptor.native_handle(), watch);
        watches = std::move(now);
    }

    /// Empties the queue; true when something in it may concern the folder.
    bool drain() {
        alignas(inotify_event) std::array<char, 4096> buffer{};
        bool any = false;
        for (;;) {
            const auto size = ::read(descriptor.native_handle(), buffer.data(), buffer.size());
            if (size <= 0)
                return any;
            for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
                inotify_event event{};
                std::memcpy(&event, buffer.data() + at, sizeof event);
                const std::string name =
                    event.len > 0 ? buffer.data() + at + sizeof event : std::string();
                any = note(event, name) || any;
                at += sizeof event + event.len;
            }
        }
    }

    /// True when the event asks for a look at the folder.
    bool note(const inotify_event& event, const std::string& name) {
        // The end of a watch; what has ended it was told before.
        if ((event.mask & IN_IGNORED) != 0)
            return false;
        const auto target = watches.targets.find(event.wd);
        const bool by_link =
            target != watches.targets.end() && note_target(event.mask, name, target->second);
        // The parent is watched for this one name only; it may be as busy as /tmp.
        if (event.wd == parent)
            return by_link || name == base_name;
        // Also of a place that is not watched any more. An overflow is of no watch.
        if (event.wd >= 0 && event.wd != watches.folder)
            return by_link;
        return note_writer(event.mask, name) || by_link;
    }

    /// What is written to may be half of what links to it are to say.
    bool note_target(std::uint32_t what, const std::string& name, const LinksByName& links) {
        if ((what & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) != 0)
            return true;
        const auto found = links.find(name);
        if (found == links.end())
            return false;
        const bool is_made = (what & IN_CREATE) != 0 && (what & IN_ISDIR) == 0;
        for (const auto& [link, ends_there] : found->second)
            // A file that is made is about to be written; a link on the way is complete.
            if ((what & IN_MODIFY) != 0 || (is_made && ends_there))
                writers[link] = steady_clock::now();
            else
                writers.erase(link);
        return (what & IN_MODIFY) == 0;
    }

    /// Follows who writes to which file; true when the event asks for a look at the folder.
    bool note_writer(std::uint32_t what, const std::string& name) {
        // A link is complete when it is made; a file that is made is opened at the same time, and
        // about to be written.
        if ((what & IN_OPEN) != 0) {
            if (made.erase(name) > 0)
                writers[name] = steady_clock::now();
            return false;
        }
        made.erase(name);
        if ((what & IN_MODIFY) != 0) {
            writers[name] = steady_clock::now();
            return false;
        }
        writers.erase(name);
        if ((what & IN_CREATE) != 0 && (what & IN_ISDIR) == 0)
            made.insert(name);
        return true;
    }

    base::WorkerPool& workers;
    asio::posix::stream_descriptor descriptor;
    asio::steady_timer timer;
    std::map<std::string, steady_clock::time_point> writers; ///< their last sign of life, by file
    std::set<std::string> made;                              ///< new ones that nobody has opened
    std::string folder;
    std::string base_name; ///< the folder's own name in its parent
    int parent = -1;       ///< the parent's watch
    Watches watches;       ///< all others
    bool nudged = false;
};

FolderWatch::FolderWatch(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FolderWatch::~FolderWatch() = default;

Async<Result<std::unique_ptr<FolderWatch>>>
FolderWatch::open(base::Executor loop, base::WorkerPool& workers, std::string folder) {
    Fd inotify(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!inotify)
        co_return base::from_errno("watch " + folder);
    auto path = std::filesystem::path(folder).lexically_normal();
    if (!path.has_filename())
        path = path.parent_path();
    auto impl = std::make_unique<Impl>(loop, workers, std::move(inotify), std::move(folder));
    impl->base_name = path.filename().string();
    auto watch_parent = [number = impl->descriptor.native_handle(),
                         parent = path.parent_path().string()] {
        return inotify_add_watch(number, parent.c_str(), parent_mask);
    };
    impl->parent = co_await base::offload(workers, std::move(watch_parent));
    co_await impl->watch();
    std::unique_ptr<FolderWatch> watch(new FolderWatch(std::move(impl)));
    co_return std::move(watch);
}

std::set<std::string> FolderWatch::being_written() {
    // Whoever opened since then what was made before only reads it: the owner has.
    impl_->made.clear();
    // What has happened since the last wait counts; it is waited for no less.
    if (impl_->drain())
        impl_->nudged = true;
    std::erase_if(impl_->writers, [](const auto& writer) {
        return steady_clock::now() - writer.second > longest_pause_of_a_writer;
    });
    std::set<std::string> names;
    for (const auto& [name, last] : impl_->writers)
        names.insert(name);
    return names;
}

void FolderWatch::nudge() {
    impl_->nudged = true;
    impl_->descriptor.cancel();
}

Async<bool> FolderWatch::wait_for_change(std::chrono::milliseconds quiet,
                                         steady_clock::duration limit) {
    const auto stop = co_await base::stop_token();
    auto until = steady_clock::now() + limit;
    auto latest = until;
    bool changed = false;
    while (!stop.requested()) {
        if (std::exchange(impl_->nudged, false)) {
            co_await impl_->watch();
            co_return true;
        }
        // The timer ends the wait for the descriptor.
        impl_->timer.expires_at(until);
        impl_->timer.async_wait([this](const boost::system::error_code& cancelled) {
            if (!cancelled)
                impl_->descriptor.cancel();
        });
        const auto [failure] =
            co_await impl_->descriptor.async_wait(asio::posix::descriptor_base::wait_read, token);
        impl_->timer.cancel();
        if (failure && stop.requested())
            co_return false;
        if (failure) {
            // A folder is mounted, or uncovered again, without an event: the one that the owner reads
            // now is followed.
            co_await impl_->watch();
            const bool nudged = std::exchange(impl_->nudged, false);
            const bool cancelled = stop.requested();
            co_return (changed || nudged) && !cancelled;
        }
        if (impl_->drain()) {
            co_await impl_->watch();
            const auto now = steady_clock::now();
            if (!changed)
                latest = now + longest_burst;
            changed = true;
            until = std::min(latest, now + quiet);
        }
    }
    co_return false;
}

} // namespace agent::tasks
