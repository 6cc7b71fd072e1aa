#pragma once
// A Docker Engine of the test's own, in folders of its own and without a bridge or rules of its own: it
// may be restarted, as another engine too, which nobody may do to the machine's. Owned by a test.

#include "tests/integration/support/command.hpp"

#include <string>
#include <sys/types.h>

namespace integration {

class PrivateEngine {
public:
    /// Starts it and gives it the demo image. `live_restore`: containers outlive the daemon. `entry`: what
    /// stands before a command that is to run where the engine does; nothing is the sandbox itself.
    PrivateEngine(std::string directory, bool live_restore, Words entry = {});
    ~PrivateEngine();
    PrivateEngine(const PrivateEngine&) = delete;
    PrivateEngine& operator=(const PrivateEngine&) = delete;

    /// Has the demo image when it answers the test; the agent may be earlier.
    void start();
    /// From the next start on: further options of dockerd.
    void use_options(Words options) { options_ = std::move(options); }
    /// From the next start on: another folder of images and containers, empty at first.
    void use_data(std::string name) { data_ = std::move(name); }
    /// As a service manager does: SIGTERM, and waits for its end.
    void stop();
    /// `docker <command>` on this engine, through sh.
    std::string docker(const std::string& command) const;
    /// The last lines that it has logged.
    std::string last_words() const;
    std::string host() const { return "unix://" + directory_ + "/docker.sock"; }

private:
    void shell_there(const std::string& script) const;

    std::string directory_;
    bool live_restore_;
    Words entry_;
    Words options_;
    std::string data_ = "data";
    pid_t pid_ = -1;
};

} // namespace integration
