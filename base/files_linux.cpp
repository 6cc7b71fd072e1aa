#include "base/files.hpp"

#include "base/fd_linux.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>

namespace base {

namespace {

std::string parent_of(const std::string& path) {
    auto parent = std::filesystem::path(path).parent_path().string();
    return parent.empty() ? "." : parent;
}

Result<> write_all(const Fd& file, std::string_view content, const std::string& path) {
    while (!content.empty()) {
        const auto written = ::write(file.get(), content.data(), content.size());
        if (written < 0) {
            if (errno == EINTR)
                continue;
            return from_errno("write " + path);
        }
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<> fill(const Fd& file, const std::string& temporary, std::string_view content, unsigned mode,
              PowerCut after) {
    TRY(write_all(file, content, temporary));
    // mkostemp makes 0600 whatever the umask; the wanted mode is set exactly.
    if (::fchmod(file.get(), mode) != 0)
        return from_errno("chmod " + temporary);
    if (after == PowerCut::safe && ::fsync(file.get()) != 0)
        return from_errno("fsync " + temporary);
    return {};
}

/// Leaves errno as it is.
bool is_directory(const std::string& path) {
    const int before = errno;
    struct stat found {};
    const bool directory = ::stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
    errno = before;
    return directory;
}

} // namespace

Result<std::string> read_file(const std::string& path, std::size_t limit) {
    // O_NONBLOCK: to open a FIFO, or a file that somebody holds a lease on, would wait for others.
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat found {};
    if (!file || ::fstat(file.get(), &found) != 0)
        return from_errno("open " + path);
    if (!S_ISREG(found.st_mode))
        return Error(Errc::invalid_argument, path + ": expected a regular file");
    std::string content;
    std::array<char, 16384> buffer{};
    for (;;) {
        const auto count = ::read(file.get(), buffer.data(), buffer.size());
        if (count < 0) {
            if (errno == EINTR)
                continue;
            return from_errno("read " + path);
        }
        if (count == 0)
            return content;
        content.append(buffer.data(), static_cast<std::size_t>(count));
        if (content.size() > limit)
            return Error(Errc::too_large,
                         path + " is larger than " + std::to_string(limit) + " bytes");
    }
}

Result<> write_file_atomically(const std::string& path, std::string_view content, unsigned mode,
                               PowerCut after) {
    const auto directory = parent_of(path);
    // Before anything is changed: a directory that cannot be opened cannot be synced later.
    const Fd folder(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder)
        return from_errno("open directory " + directory);
    auto temporary = directory + '/' + std::string(temporary_prefix) + "XXXXXX";
    const Fd file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!file)
        return from_errno("create a temporary file in " + directory);
    auto done = fill(file, temporary, content, mode, after);
    if (done && ::rename(temporary.c_str(), path.c_str()) != 0)
        done = from_errno("rename to " + path);
    if (!done) {
        ::unlink(temporary.c_str());
        return done;
    }
    // Too late for an error: the new content is there. Some file systems cannot sync a directory.
    if (after == PowerCut::safe)
        static_cast<void>(::fsync(folder.get()));
    return {};
}

Result<> make_directories(const std::string& path, unsigned mode) {
    for (std::size_t end = 1; end != std::string::npos;) {
        end = path.find('/', end);
        const auto part = path.substr(0, end);
        if (!part.empty() && ::mkdir(part.c_str(), mode) == 0) {
            if (::chmod(part.c_str(), mode) != 0)
                return from_errno("chmod " + part);
        } else if (!part.empty() && !is_directory(part)) {
            return from_errno("make directory " + part);
        }
        if (end != std::string::npos)
            ++end;
    }
    return {};
}

Result<bool> remove_tree(const std::string& path) {
    std::error_code failure;
    const auto count = std::filesystem::remove_all(path, failure);
    if (failure)
        return from_errno("remove " + path, failure.value());
    return count > 0;
}

} // namespace base
