#pragma once
// A Docker Engine of the test's own, in folders of its own and without a bridge or rules of its own: it
// may be restarted, which nobody may do to the machine's. Owned by a test.

#include <string>
#include <sys/types.h>

namespace integration {

class PrivateEngine {
public:
    /// Starts it and gives it the demo image. `live_restore`: containers outlive the daemon.
    PrivateEngine(std::string directory, bool live_restore);
    ~PrivateEngine();
    PrivateEngine(const PrivateEngine&) = delete;
    PrivateEngine& operator=(const PrivateEngine&) = delete;

    void start();
    /// As a service manager does: SIGTERM, and waits for its end.
    void stop();
    /// `docker <command>` on this engine, through sh.
    std::string docker(const std::string& command) const;
    std::string host() const { return "unix://" + directory_ + "/docker.sock"; }

private:
    std::string directory_;
    bool live_restore_;
    pid_t pid_ = -1;
};

} // namespace integration
