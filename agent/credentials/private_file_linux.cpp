#include "agent/credentials/private_file.hpp"

#include "base/fd.hpp"
#include "base/secret.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace agent::credentials {

namespace {

using base::Errc;
using base::Error;
using base::Result;

Result<> check(const std::string& path, const struct stat& status, Readers readers) {
    if (!S_ISREG(status.st_mode))
        return Error(Errc::invalid_argument, path + ": expected a regular file");
    if (status.st_uid != 0 && status.st_uid != ::geteuid())
        return Error(Errc::permission, path + ": must belong to root (chown root " + path + ")");
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return Error(Errc::permission, path + ": others may write it (chmod go-w " + path + ")");
    if (readers == Readers::owner_only && (status.st_mode & (S_IRGRP | S_IROTH)) != 0)
        return Error(Errc::permission, path + ": others may read it (chmod 600 " + path + ")");
    return {};
}

} // namespace

Result<std::string> read_trusted_file(const std::string& path, std::size_t limit, Readers readers) {
    // What is checked is what is read: by the same descriptor.
    const base::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0)
        return base::from_errno(path);
    TRY(check(path, status, readers));
    if (static_cast<std::size_t>(status.st_size) > limit)
        return Error(Errc::too_large, path + ": longer than " + std::to_string(limit) + " bytes");
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t taken = 0;
    while (taken < text.size()) {
        const auto count = ::read(file.get(), text.data() + taken, text.size() - taken);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0) {
            const auto failure = base::from_errno(path);
            base::wipe(text);
            return failure;
        }
        if (count == 0)
            break;
        taken += static_cast<std::size_t>(count);
    }
    text.resize(taken);
    return text;
}

} // namespace agent::credentials
