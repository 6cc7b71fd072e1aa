#include "agent/engine/folder_watch.hpp"

#include "base/fd.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/inotify.h>

#include <array>
#include <filesystem>

namespace agent::engine {

namespace asio = boost::asio;
using base::Async;
using base::Fd;
using base::Result;
using std::chrono::steady_clock;

namespace {

constexpr auto token = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t folder_mask = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                                      IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::uint32_t parent_mask = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE;

} // namespace

struct FolderWatch::Impl {
    Impl(const base::Executor& loop, Fd inotify, std::string path)
        : descriptor(loop, inotify.get()), timer(loop), folder(std::move(path)) {
        inotify.release();
    }

    /// Watches the folder that has the name now; it may be another than before, or none.
    void watch() { inotify_add_watch(descriptor.native_handle(), folder.c_str(), folder_mask); }

    /// Empties the queue; true when there was something.
    bool drain() {
        std::array<char, 4096> buffer{};
        bool any = false;
        while (::read(descriptor.native_handle(), buffer.data(), buffer.size()) > 0)
            any = true;
        return any;
    }

    asio::posix::stream_descriptor descriptor;
    asio::steady_timer timer;
    std::string folder;
};

FolderWatch::FolderWatch(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FolderWatch::~FolderWatch() = default;

Result<std::unique_ptr<FolderWatch>> FolderWatch::open(base::Executor loop,
                                                       const std::string& folder) {
    Fd inotify(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!inotify)
        return base::from_errno("watch " + folder);
    const auto parent = std::filesystem::path(folder).lexically_normal().parent_path().string();
    inotify_add_watch(inotify.get(), parent.empty() ? "." : parent.c_str(), parent_mask);
    auto impl = std::make_unique<Impl>(loop, std::move(inotify), folder);
    impl->watch();
    return std::unique_ptr<FolderWatch>(new FolderWatch(std::move(impl)));
}

Async<bool> FolderWatch::wait_for_change(std::chrono::milliseconds quiet,
                                         steady_clock::duration limit) {
    const auto stop = co_await base::stop_token();
    auto until = steady_clock::now() + limit;
    bool changed = false;
    while (!stop.requested()) {
        // The timer ends the wait for the descriptor.
        impl_->timer.expires_at(until);
        impl_->timer.async_wait([this](const boost::system::error_code& cancelled) {
            if (!cancelled)
                impl_->descriptor.cancel();
        });
        const auto [failure] =
            co_await impl_->descriptor.async_wait(asio::posix::descriptor_base::wait_read, token);
        impl_->timer.cancel();
        if (failure) {
            const bool cancelled = stop.requested();
            co_return changed && !cancelled;
        }
        if (impl_->drain()) {
            impl_->watch();
            changed = true;
            until = steady_clock::now() + quiet;
        }
    }
    co_return false;
}

} // namespace agent::engine
