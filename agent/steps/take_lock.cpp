#include "agent/steps/take_lock.hpp"

#include "agent/steps/steps.hpp"
#include "base/files.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace agent::steps {

using base::Errc;
using base::Error;
using base::Fd;
using base::Result;

Result<Fd> lock_host(const std::string& run_dir) {
    TRY(base::make_directories(run_dir, 0755));
    const auto path = run_dir + "/agent.lock";
    Fd lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!lock)
        return base::from_errno("open " + path);
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK)
            return base::from_errno("lock " + path);
        const auto text = base::read_file(path, 64);
        const auto holder = text ? *text : std::string("unknown");
        return Error(Errc::conflict,
                     "another agent runs on this host (process " + holder + ", lock " + path +
                         "); there is one endpoint address per host: stop that one first");
    }
    const auto pid = std::to_string(::getpid());
    if (::ftruncate(lock.get(), 0) != 0 ||
        ::pwrite(lock.get(), pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()))
        return base::from_errno("write " + path);
    return lock;
}

base::Async<Result<>> take_lock(App& app) {
    CO_TRY(app.lock, lock_host(app.loaded.config.run_dir));
    co_return Result<>();
}

} // namespace agent::steps
