#pragma once
// Runs another program to its end: what it says is taken within a limit, and it is killed with all
// that it has started when its time is up. No shell. Blocks; from a coroutine, offload it.

#include "base/error.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace base {

struct Program {
    std::string path; ///< of the file; nothing is searched for
    std::vector<std::string> arguments;
    std::vector<std::string> environment; ///< "NAME=value", all of it
    std::string input;                    ///< on its standard input
    std::chrono::milliseconds limit = std::chrono::seconds(5);
    std::size_t max_output = 4096; ///< bytes kept of each of its two outputs
};

/// The path of a program: itself when it is absolute, else the first file of that name that may be
/// run in one of the folders of `search_path` ("/usr/bin:/bin"; "": the usual ones). Folders that are
/// not absolute are passed over. not_found.
Result<std::string> find_program(const std::string& name, const std::string& search_path);

struct Ending {
    int status = 0;       ///< exit status, 128 + signal where one ended it
    std::string out;      ///< standard output
    std::string err;      ///< standard error
    bool complete = true; ///< false when more than max_output was said on one of them
};

/// not_found, permission: it cannot be started; timeout: it was killed; io: the kernel refused.
/// Errors hold the path only, nothing of what went in or came out.
Result<Ending> run_program(const Program& program);

} // namespace base
