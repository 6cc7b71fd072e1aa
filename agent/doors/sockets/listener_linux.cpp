#include "agent/doors/sockets/listener_linux.hpp"

#include "agent/doors/sockets/unix_address_linux.hpp"
#include "base/log.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <optional>

namespace agent::doors::sockets {

using base::Errc;
using base::Error;
using base::Result;

namespace {

constexpr int first_inherited = 3;
/// More than a service manager has reason to hand over.
constexpr int most_inherited = 64;
constexpr mode_t socket_mode = 0660;
constexpr std::size_t group_buffer = 16384;

/// 0 where it is not set, or no number.
int number_of(const std::map<std::string, std::string>& environment, const std::string& name) {
    const auto found = environment.find(name);
    int number = 0;
    if (found != environment.end())
        std::from_chars(found->second.data(), found->second.data() + found->second.size(), number);
    return number;
}

bool listens_at(int descriptor, const std::string& path) {
    int listening = 0;
    socklen_t size = sizeof listening;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 ||
        listening == 0)
        return false;
    UnixAddress address;
    auto length = UnixAddress::size();
    return ::getsockname(descriptor, address.get(), &length) == 0 &&
           address.get()->sa_family == AF_UNIX && address.path() == path;
}

/// Its number; nothing where the service manager has none for this path.
std::optional<int> find_inherited(const std::string& path,
                                  const std::map<std::string, std::string>& environment,
                                  int own_pid) {
    if (number_of(environment, "LISTEN_PID") != own_pid)
        return std::nullopt;
    const int count = std::min(number_of(environment, "LISTEN_FDS"), most_inherited);
    for (int descriptor = first_inherited; descriptor < first_inherited + count; ++descriptor)
        if (listens_at(descriptor, path))
            return descriptor;
    return std::nullopt;
}

/// By any name.
bool are_one_file(const std::string& a, const std::string& b) {
    struct stat of_a {};
    struct stat of_b {};
    return ::stat(a.c_str(), &of_a) == 0 && ::stat(b.c_str(), &of_b) == 0 &&
           of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

Result<> require_free(const std::string& path, const UnixAddress& address) {
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0)
        return errno == ENOENT ? Result<>() : base::from_errno(path);
    if (!S_ISSOCK(found.st_mode))
        return Error(Errc::conflict, path + " is there and no socket; it is left as it is");
    const base::Fd caller(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!caller)
        return base::from_errno("socket");
    // Of a dead process' socket the kernel says that nobody listens.
    if (::connect(caller.get(), address.get(), UnixAddress::size()) != 0 && errno == ECONNREFUSED)
        return {};
    return Error(Errc::conflict, "another process listens at " + path);
}

/// Nothing where there is no such group.
std::optional<gid_t> group_id(const std::string& name) {
    group entry{};
    group* found = nullptr;
    std::array<char, group_buffer> buffer{};
    ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    return found == nullptr ? std::nullopt : std::optional(entry.gr_gid);
}

/// A socket that its group cannot use is still root's: said, and no reason to fail.
void give_to_group(const std::string& path, const std::string& name) {
    const auto group = group_id(name);
    if (!group)
        base::log::warn("there is no such group; only root can use a socket of the agent",
                        {{"group", name}, {"path", path}});
    else if (::chown(path.c_str(), static_cast<uid_t>(-1), *group) != 0)
        base::log::warn("only root can use a socket of the agent",
                        {base::log::why(base::from_errno("give " + path + " to group " + name))});
}

/// Bound under another name and moved into its place when all is right with it: nobody meets it before.
Result<Listener> make_listener(const Place& place) {
    const auto& path = place.path;
    const auto new_path = path + ".new";
    TRY(const auto address, unix_address(new_path));
    Listener listener;
    listener.socket = base::Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!listener.socket)
        return base::from_errno("socket");
    ::unlink(new_path.c_str());
    // Nobody can connect before it listens, and then its mode is right.
    if (::bind(listener.socket.get(), address.get(), UnixAddress::size()) != 0)
        return base::from_errno("bind " + new_path);
    give_to_group(new_path, place.group);
    struct stat made {};
    if (::chmod(new_path.c_str(), socket_mode) != 0 ||
        ::listen(listener.socket.get(), SOMAXCONN) != 0 || ::stat(new_path.c_str(), &made) != 0 ||
        ::rename(new_path.c_str(), path.c_str()) != 0)
        return base::from_errno("listen at " + path);
    listener.path = path;
    listener.is_ours = true;
    listener.inode = made.st_ino;
    return listener;
}

} // namespace

bool is_handed_over(const Place& place, const std::map<std::string, std::string>& environment,
                    int own_pid) {
    return find_inherited(place.path, environment, own_pid).has_value();
}

Result<Listener> open_listener(const Place& place,
                               const std::map<std::string, std::string>& environment, int own_pid) {
    const auto& path = place.path;
    TRY(const auto address, unix_address(path));
    if (path == place.engine_path || are_one_file(path, place.engine_path))
        return Error(Errc::invalid_argument,
                     path + " is the engine's own socket; the agent's has to be another");
    if (const auto inherited = find_inherited(path, environment, own_pid)) {
        ::fcntl(*inherited, F_SETFD, FD_CLOEXEC);
        ::fcntl(*inherited, F_SETFL, ::fcntl(*inherited, F_GETFL) | O_NONBLOCK);
        Listener listener;
        listener.socket = base::Fd(*inherited);
        listener.path = path;
        return listener;
    }
    TRY(require_free(path, address));
    std::error_code ignored; // bind says what is wrong
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
    return make_listener(place);
}

void remove_path(const Listener& listener) {
    struct stat found {};
    if (listener.is_ours && ::lstat(listener.path.c_str(), &found) == 0 &&
        found.st_ino == listener.inode)
        ::unlink(listener.path.c_str());
}

} // namespace agent::doors::sockets
