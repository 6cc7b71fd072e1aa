#include "agent/host/descriptors.hpp"

#include "base/fd_linux.hpp"

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>

namespace agent::host {

namespace {

/// Enough for all connections and for the files of stats. A shell's limit is meant for programs that
/// use select().
constexpr rlim_t wanted_descriptors = 16384;

} // namespace

base::Result<> make_room_for_descriptors() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return base::from_errno("getrlimit");
    const auto wanted = std::min(limit.rlim_max, wanted_descriptors);
    if (limit.rlim_cur < wanted) {
        limit.rlim_cur = wanted;
        if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
            return base::from_errno("setrlimit");
    }
    // The table never shrinks.
    const base::Fd any(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const base::Fd last(::fcntl(any.get(), F_DUPFD_CLOEXEC, static_cast<int>(wanted) - 1));
    if (!last)
        return base::from_errno("open as many files as there may be");
    return {};
}

} // namespace agent::host
