#pragma once
// Where a Unix socket of the agent's is, and who may use it. A value, made from the configuration.

#include <string>

namespace agent::doors::sockets {

struct Place {
    std::string path;
    /// Whose members may use it, beside root. Where there is no such group, root alone may.
    std::string group = "docker";
    std::string engine_path =
        {}; ///< the engine's own socket, which it may not be; "" where that is elsewhere
};

} // namespace agent::doors::sockets
