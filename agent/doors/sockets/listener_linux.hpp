#pragma once
// The socket that clients connect to: the service manager's, or made by us. Called at the daemon's start.

#include "agent/doors/sockets/place.hpp"
#include "base/error.hpp"
#include "base/fd_linux.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace agent::doors::sockets {

/// A listening socket that does not block. One that we made is removed by who owns it; the service
/// manager's stays, and takes connections while we are away.
struct Listener {
    base::Fd socket;
    std::string path;
    bool is_ours = false;
    std::uint64_t inode = 0; ///< of the path of ours, so that no other is removed
};

/// Whether the service manager has handed over a socket for Place::path.
bool is_handed_over(const Place& place, const std::map<std::string, std::string>& environment,
                    int own_pid);

/// Takes the socket at Place::path from the service manager (LISTEN_PID and LISTEN_FDS of the
/// environment; others that it hands over are left alone), or makes it: owner root, the place's group,
/// 0660. What a dead agent has left there is replaced.
/// conflict: somebody listens there, or it is no socket; what is there stays. invalid_argument: the
/// path is too long, or is the engine's own. permission, io: it cannot be made.
base::Result<Listener> open_listener(const Place& place,
                                     const std::map<std::string, std::string>& environment,
                                     int own_pid);

/// Removes the path of one that we made, if it is still there.
void remove_path(const Listener& listener);

} // namespace agent::doors::sockets
