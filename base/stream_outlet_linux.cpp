#include "base/stream_outlet_linux.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string>

namespace base {

std::size_t StreamOutlet::write(std::span<const Record> records) {
    look();
    std::size_t taken = 0;
    while (taken < records.size()) {
        const auto& bytes = records[taken].bytes;
        const auto written = write_some(std::string_view(bytes).substr(begun_));
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0 && errno == EAGAIN)
            break;
        begun_ += static_cast<std::size_t>(std::max<ssize_t>(written, 0));
        // Of what is refused (nobody reads any more, the disk is full) nothing could be said here.
        if (written <= 0 || begun_ >= bytes.size()) {
            begun_ = 0;
            ++taken;
        }
    }
    return taken;
}

/// What is behind the number now.
void StreamOutlet::look() {
    struct stat found {};
    if (::fstat(descriptor_, &found) != 0) {
        kind_ = Kind::nothing;
        return;
    }
    if (kind_ != Kind::nothing && found.st_dev == device_ && found.st_ino == inode_)
        return;
    device_ = found.st_dev;
    inode_ = found.st_ino;
    begun_ = 0;
    own_.reset();
    if (S_ISREG(found.st_mode)) {
        kind_ = Kind::file;
    } else if (S_ISSOCK(found.st_mode)) {
        kind_ = Kind::socket;
    } else {
        const auto path = "/proc/self/fd/" + std::to_string(descriptor_);
        own_ = Fd(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
        kind_ = own_ ? Kind::reopened : Kind::other;
    }
}

ssize_t StreamOutlet::write_some(std::string_view bytes) const {
    switch (kind_) {
    case Kind::file: return ::write(descriptor_, bytes.data(), bytes.size());
    case Kind::socket:
        return ::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    case Kind::reopened: return ::write(own_.get(), bytes.data(), bytes.size());
    case Kind::other: {
        // A pipe that we may not open: with room for any, it has room for so much.
        pollfd ready{descriptor_, POLLOUT, 0};
        if (::poll(&ready, 1, 0) > 0)
            return ::write(descriptor_, bytes.data(),
                           std::min<std::size_t>(bytes.size(), PIPE_BUF));
        errno = EAGAIN;
        return -1;
    }
    case Kind::nothing: break;
    }
    errno = EBADF;
    return -1;
}

} // namespace base
