#include "agent/cgroup/tree.hpp"

#include "agent/cgroup/patience.hpp"
#include "base/fd_linux.hpp"
#include "base/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <set>
#include <string_view>

namespace agent::cgroup {

namespace {

namespace fs = std::filesystem;

/// A container that may write cgroups decides how many there are below its own.
constexpr std::size_t most_cgroups = 10'000;
constexpr std::size_t longest_value = 64 * 1024;
/// Each may meet another thread of ours that gives a folder its mode back.
constexpr int most_attempts = 100;

/// A folder whose owner may write to it while this lives. The root of a mounted hierarchy has mode
/// 0555, which binds root too where it has no right to pass over modes, as in the service. But an
/// owner may change the mode: nobody gets a right by this that he did not have.
class WritableByOwner {
public:
    explicit WritableByOwner(const std::string& path)
        : folder_(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
        struct stat found {};
        if (!folder_ || ::fstat(folder_.get(), &found) != 0 || (found.st_mode & S_IWUSR) != 0)
            return;
        const mode_t mode = found.st_mode & 07777;
        if (::fchmod(folder_.get(), mode | S_IWUSR) == 0)
            mode_ = mode;
    }
    ~WritableByOwner() {
        if (mode_)
            (void)::fchmod(folder_.get(), *mode_);
    }
    WritableByOwner(const WritableByOwner&) = delete;
    WritableByOwner& operator=(const WritableByOwner&) = delete;

private:
    base::Fd folder_;
    std::optional<mode_t> mode_; ///< what it has again afterwards
};

/// The error number of mkdir or rmdir, 0 when it is done; where the folder that `path` is in forbids
/// its owner to write, it is done all the same.
template <class Change>
int error_of(const Change& change, const std::string& path) {
    int failure = change(path.c_str()) == 0 ? 0 : errno;
    for (int attempt = 0; failure == EACCES && attempt < most_attempts; ++attempt) {
        const WritableByOwner parent(fs::path(path).parent_path().string());
        failure = change(path.c_str()) == 0 ? 0 : errno;
    }
    return failure;
}

/// Those below and the top itself, children before their parents. What vanishes meanwhile is left
/// out.
base::Result<std::vector<std::string>> cgroups_from_below(const std::string& top) {
    std::vector<std::string> found;
    std::error_code error;
    if (!fs::is_directory(fs::symlink_status(top, error)))
        return found;
    found.push_back(top);
    fs::recursive_directory_iterator entry(top, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        if (!fs::is_directory(entry->symlink_status(error)))
            continue;
        if (found.size() == most_cgroups)
            return base::Error(base::Errc::too_large,
                               top + ": over " + std::to_string(most_cgroups) + " cgroups");
        found.push_back(entry->path().string());
    }
    return std::vector<std::string>(found.rbegin(), found.rend());
}

base::Result<> remove_one(const std::string& path) {
    const int failure = error_of(::rmdir, path);
    if (failure == 0 || failure == ENOENT)
        return {};
    // Version 1 and 2 alike say EBUSY for processes and for children.
    if (failure == EBUSY || failure == ENOTEMPTY)
        return base::Error(base::Errc::conflict, "remove " + path + ": it is in use");
    return base::from_errno("remove " + path, failure);
}

base::Result<> remove_all(const std::string& top) {
    TRY(const auto cgroups, cgroups_from_below(top));
    base::Result<> outcome;
    for (const auto& path : cgroups) {
        auto removed = remove_one(path);
        if (!removed && outcome)
            outcome = std::move(removed);
    }
    if (!outcome && outcome.error().code() == base::Errc::conflict)
        if (const auto process = process_in(cgroups))
            return base::Error(base::Errc::conflict, "remove " + top + ": " + *process);
    return outcome;
}

} // namespace

base::Error refused_write(const std::string& path, const std::string& value, int error_number) {
    auto error = base::from_errno("write " + value + " to " + path, error_number);
    if (error_number == EBUSY)
        return {base::Errc::conflict, error.what()};
    if (error_number == EOPNOTSUPP)
        return {base::Errc::unsupported, error.what()};
    return error;
}

base::Result<> write_value(const std::string& path, const std::string& value) {
    const base::Fd file(::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
    if (!file)
        return refused_write(path, value, errno);
    const auto written = ::write(file.get(), value.data(), value.size());
    if (written < 0)
        return refused_write(path, value, errno);
    if (written != std::ssize(value))
        return base::Error(base::Errc::io, "write " + value + " to " + path + ": it was cut");
    return {};
}

std::optional<std::string> process_in(const std::vector<std::string>& cgroups) {
    for (const auto& path : cgroups) {
        const base::Fd file(::open((path + "/cgroup.procs").c_str(), O_RDONLY | O_CLOEXEC));
        std::array<char, 32> start{};
        const auto size = file ? ::read(file.get(), start.data(), start.size()) : 0;
        const std::string_view text(start.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
        if (!text.empty())
            return "process " + std::string(text.substr(0, text.find('\n'))) + " is in " + path;
    }
    return std::nullopt;
}

base::Result<std::string> read_value(const std::string& path) {
    TRY(auto text, base::read_file(path, longest_value));
    if (text.ends_with('\n'))
        text.pop_back();
    return text;
}

base::Result<> make_cgroup(const std::string& path) {
    const int failure = error_of([](const char* folder) { return ::mkdir(folder, 0755); }, path);
    if (failure != 0 && failure != EEXIST)
        return base::from_errno("make cgroup " + path, failure);
    return {};
}

base::Result<std::vector<std::string>> find_hierarchies(const std::string& mount) {
    std::set<std::string> roots;
    std::error_code error;
    for (fs::directory_iterator entry(mount, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
        // "cpu" is often a link to "cpu,cpuacct".
        const auto root = fs::canonical(entry->path(), error);
        if (!error && fs::exists(root / "cgroup.procs", error))
            roots.insert(root.string());
        error.clear();
    }
    if (error)
        return base::from_errno("read " + mount, error.value());
    if (roots.empty())
        return base::Error(base::Errc::not_found, mount + ": no cgroup hierarchy is mounted there");
    return std::vector<std::string>(roots.begin(), roots.end());
}

base::Result<> Tree::remove(const std::string& relative, std::chrono::milliseconds patience) const {
    return while_in_use(patience, [&] {
        base::Result<> outcome;
        for (const auto& root : roots_) {
            auto removed = remove_all(root + '/' + relative);
            if (!removed && outcome)
                outcome = std::move(removed);
        }
        return outcome;
    });
}

base::Result<std::vector<std::string>> Tree::children(const std::string& relative) const {
    std::set<std::string> names;
    for (const auto& root : roots_) {
        const auto path = root + '/' + relative;
        std::error_code error;
        fs::directory_iterator entry(path, error);
        for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
            if (fs::is_directory(entry->symlink_status(error)))
                names.insert(entry->path().filename().string());
        }
        if (error && error != std::errc::no_such_file_or_directory)
            return base::from_errno("read " + path, error.value());
    }
    return std::vector<std::string>(names.begin(), names.end());
}

base::Result<> Tree::remove_if_empty(const std::string& relative) const {
    for (const auto& root : roots_)
        if (auto removed = remove_one(root + '/' + relative);
            !removed && removed.error().code() != base::Errc::conflict)
            return removed;
    return {};
}

} // namespace agent::cgroup
