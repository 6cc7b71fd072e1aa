#pragma once
// The real daemon in folders of its own. Its log goes to a file. Owned by a test; one at a time in a
// network namespace. Nothing in here looks into the daemon but by its log, its answers and its files.

#include "tests/integration/support/command.hpp"

#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace integration {

class Agent {
public:
    /// Folders in a new temporary directory; the daemon is not started yet.
    Agent();
    /// Kills what still runs and removes the folders.
    ~Agent();
    Agent(const Agent&) = delete;
    Agent& operator=(const Agent&) = delete;

    /// A variable of the daemon's environment from its next start on.
    void set(const std::string& name, const std::string& value) { environment_[name] = value; }
    /// The program to start, instead of the one that was built with the tests or that
    /// ECS_TEST_AGENT names.
    void use_program(const std::string& path) { program_ = path; }
    const std::string& program() const { return program_; }
    /// What stands before the program, from its next start on: where it runs, and what hands it sockets.
    void use_entry(Words entry) { entry_ = std::move(entry); }

    /// Starts it, and waits until it says that it is ready; throws with its log where it does not.
    void start();
    /// Starts it and does not wait.
    void launch();
    /// SIGTERM, and its exit status; throws when it does not end in time.
    int stop();
    void kill9();
    void signal(int number) const;
    /// Its exit status, if it ends within this time.
    std::optional<int> wait_for_end(std::chrono::milliseconds limit);
    bool running() const { return pid_ > 0; }
    pid_t pid() const { return pid_; }

    /// Another command of the program (teardown, check-config) with the same folders, and its words.
    Outcome command(const std::string& name, const std::vector<std::string>& words = {}) const;

    /// Writes a task definition as an editor does that is careful: aside, then renamed.
    void put_task(const std::string& file, const std::string& text) const;
    void remove_task(const std::string& file) const;
    /// Puts so many files into the folder that are refused, and stay: a test that removes many at once
    /// then does not remove most of the folder, which would stop nothing for a while.
    void put_refused(int count) const;

    /// All that it has logged, over all starts.
    std::string log() const;
    /// The lines of it that have every one of these words.
    std::vector<std::string> log_lines(const std::vector<std::string>& words) const;
    /// Waits for such a line.
    bool logs(const std::vector<std::string>& words,
              std::chrono::milliseconds limit = std::chrono::seconds(5)) const;
    /// Lines that no run may have: stalls of the loop, sanitizer reports, bugs.
    std::vector<std::string> complaints() const;

    std::string config_file() const { return directory_ + "/agent.yaml"; }
    std::string credentials_file() const { return directory_ + "/credentials.yaml"; }
    /// What the host says of containers that no task definition declares; empty at first.
    std::string host_file() const { return directory_ + "/host.yaml"; }
    /// Where the agent serves Docker's API.
    std::string docker_socket() const { return directory_ + "/docker.sock"; }
    std::string audit_log() const { return directory_ + "/audit.log"; }
    std::string directory() const { return directory_; }
    std::string tasks_dir() const { return directory_ + "/tasks.d"; }
    std::string data_dir() const { return directory_ + "/data"; }
    std::string state_file() const { return data_dir() + "/agent.db"; }

private:
    Words words_for(const std::string& command) const;
    Words variables() const; ///< "NAME=value"

    std::string directory_;
    std::string log_file_; ///< in memory: writing it must not wait for the disk
    std::string program_;
    Words entry_;
    std::map<std::string, std::string> environment_;
    pid_t pid_ = -1;
};

} // namespace integration
