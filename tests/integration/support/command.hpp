#pragma once
// Programs that a test runs: docker, ip, nft, the agent's own commands. Blocking, with a time
// limit.

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace integration {

struct Outcome {
    int status = 0;  ///< exit status, 128 + signal where one ended it
    std::string out; ///< without the newlines at its end
    std::string err;
};

using Words = std::vector<std::string>;

/// The words of one and of another behind them.
Words followed(Words words, const Words& by);

/// Runs a program with an empty standard input. Throws where it cannot be started or takes longer; the
/// limit is longer where the machine turns out to be slow.
Outcome run(const Words& words, std::chrono::seconds limit = std::chrono::seconds(60));

/// The same for one that has to succeed: what it wrote; throws with what it wrote to stderr.
std::string must(const Words& words, std::chrono::seconds limit = std::chrono::seconds(60));

/// Starts a program that goes on, with an empty standard input, and its words at the end of a file; whoever
/// started it waits for its end. Throws where it cannot be started.
pid_t start_program(const Words& words, const std::string& log);

/// A script for sh that has to succeed.
std::string shell(const std::string& script);

/// The lines of a text, without empty ones.
std::vector<std::string> lines_of(const std::string& text);

} // namespace integration
