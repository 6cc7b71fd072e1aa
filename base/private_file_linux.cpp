#include "base/private_file.hpp"

#include "base/fd_linux.hpp"
#include "base/secret.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <optional>

namespace base {

namespace {

/// Is asked about each folder of a path and about the file, in this order.
using Judge = std::function<Result<>(const std::string& part, const struct stat& status)>;

constexpr int folder_flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr int file_flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC;

bool is_ours(const struct stat& status) {
    return status.st_uid == 0 || status.st_uid == ::geteuid();
}

/// In a sticky folder others can make files, but take the place of none.
bool others_may_write(const struct stat& status) {
    const bool sticky = S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0;
    return !sticky && (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

Error no_regular_file(const std::string& path) {
    return {Errc::invalid_argument, path + ": expected a regular file"};
}

/// Why the part of this name in the folder could not be opened; errno does not tell a link.
Error why_not_opened(const std::string& path, const std::string& part, const Fd& folder,
                     const std::string& name) {
    const int failure = errno;
    struct stat found {};
    if (::fstatat(folder.get(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0)
        return from_errno(path, failure);
    if (S_ISLNK(found.st_mode))
        return {Errc::permission, path + ": " + (part == path ? "" : part + " ") +
                                      "is a link; name what it leads to instead"};
    const bool may_be_there = S_ISREG(found.st_mode) || S_ISDIR(found.st_mode);
    return may_be_there ? from_errno(path, failure) : no_regular_file(path);
}

Result<> judge_opened(const Fd& opened, const std::string& path, const std::string& part,
                      const Judge& judge) {
    struct stat status {};
    if (::fstat(opened.get(), &status) != 0)
        return from_errno(path);
    if (part == path && !S_ISREG(status.st_mode))
        return no_regular_file(path);
    return judge(part, status);
}

/// Opens the file by its folders, one after the other.
Result<Fd> open_judged(const std::string& path, const Judge& judge) {
    std::string part = path.starts_with('/') ? "/" : ".";
    Fd opened(::open(part.c_str(), folder_flags));
    if (!opened)
        return from_errno(path);
    auto begin = std::min(path.find_first_not_of('/'), path.size());
    if (path.empty() || path.ends_with('/'))
        return no_regular_file(path);
    while (begin < path.size()) {
        TRY(judge_opened(opened, path, part, judge));
        const auto end = std::min(path.find('/', begin), path.size());
        const auto name = path.substr(begin, end - begin);
        part = path.substr(0, end);
        const auto flags = end == path.size() ? file_flags : folder_flags;
        Fd next(::openat(opened.get(), name.c_str(), flags));
        if (!next)
            return why_not_opened(path, part, opened, name);
        opened = std::move(next);
        begin = std::min(path.find_first_not_of('/', end), path.size());
    }
    TRY(judge_opened(opened, path, part, judge));
    return opened;
}

/// Leaves nothing of it in memory when it fails.
Result<std::string> read_opened(const Fd& file, const std::string& path, std::size_t limit) {
    struct stat status {};
    if (::fstat(file.get(), &status) != 0)
        return from_errno(path);
    if (static_cast<std::size_t>(status.st_size) > limit)
        return Error(Errc::too_large, path + ": longer than " + std::to_string(limit) + " bytes");
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t taken = 0;
    while (taken < text.size()) {
        const auto count = ::read(file.get(), text.data() + taken, text.size() - taken);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0) {
            const auto failure = from_errno(path);
            wipe(text);
            return failure;
        }
        if (count == 0)
            break;
        taken += static_cast<std::size_t>(count);
    }
    text.resize(taken);
    return text;
}

Error forbidden(const std::string& path, const std::string& reason) {
    return {Errc::permission, path + ": " + reason};
}

/// "" for the file itself, else which folder above it.
std::string folder_words(const std::string& path, const std::string& part) {
    return part == path ? std::string() : "its folder " + part + " ";
}

Result<> check_trusted(const std::string& path, const std::string& part, const struct stat& status,
                       Readers readers) {
    if (!is_ours(status))
        return forbidden(path, folder_words(path, part) + "must belong to root (chown root " +
                                   part + ")");
    if (others_may_write(status))
        return forbidden(path, "others may write " +
                                   (part == path ? "it " : folder_words(path, part)) +
                                   "(chmod go-w " + part + ")");
    if (part == path && readers == Readers::owner_only &&
        (status.st_mode & (S_IRGRP | S_IROTH)) != 0)
        return forbidden(path, "others may read it (chmod 600 " + path + ")");
    return {};
}

/// Whose a path is, as far as it was followed.
class Ownership {
public:
    explicit Ownership(const std::string& path) : path_(path) {}

    Result<> judge(const std::string& part, const struct stat& status) {
        if (changeable_.empty() && (!is_ours(status) || others_may_write(status)))
            changeable_ = part;
        if (!is_ours(status) && status.st_uid != user_.value_or(status.st_uid))
            return forbidden(path_, folder_words(path_, part) +
                                        "must belong to root or to the user whose folder it is in");
        if (!is_ours(status))
            user_ = status.st_uid;
        // A second name of a file that the user may have no right to read.
        if (is_ours(status) && user_ && S_ISREG(status.st_mode) && status.st_nlink > 1)
            return forbidden(path_, "has another name too; copy it (cp, not ln)");
        return {};
    }

    const std::string& changeable() const { return changeable_; }

private:
    const std::string& path_;
    std::string changeable_;
    std::optional<uid_t> user_; ///< who is neither root nor the agent's
};

} // namespace

Result<std::string> read_trusted_file(const std::string& path, std::size_t limit, Readers readers) {
    TRY(const auto file, open_judged(path, [&](const auto& part, const struct stat& status) {
            return check_trusted(path, part, status, readers);
        }));
    return read_opened(file, path, limit);
}

Result<UsersFile> read_users_file(const std::string& path, std::size_t limit) {
    Ownership ownership(path);
    TRY(const auto file, open_judged(path, [&](const auto& part, const struct stat& status) {
            return ownership.judge(part, status);
        }));
    TRY(auto text, read_opened(file, path, limit));
    return UsersFile{std::move(text), ownership.changeable()};
}

} // namespace base
