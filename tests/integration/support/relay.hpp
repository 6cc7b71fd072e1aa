#pragma once
// A Unix socket that leads to the engine's, and that a test can cut: an engine that goes away and
// comes back, with no harm to what else uses it. Owned by a test; a thread of its own for each
// connection.

#include "base/fd_linux.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace integration {

class EngineRelay {
public:
    explicit EngineRelay(std::string path);
    ~EngineRelay();
    EngineRelay(const EngineRelay&) = delete;
    EngineRelay& operator=(const EngineRelay&) = delete;

    /// Ends all connections and removes the socket, as an engine that is killed.
    void cut();
    /// Listens again.
    void restore();
    std::string host() const { return "unix://" + path_; }

private:
    struct Connection;
    void accept_all(int listener);

    std::string path_;
    base::Fd listener_;
    std::thread acceptor_;
    std::mutex guard_;
    std::vector<std::unique_ptr<Connection>> connections_;
};

} // namespace integration
