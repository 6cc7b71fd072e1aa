#pragma once
// Files that hold keys, or that say which programs the agent runs: whose word they are is judged by
// every part of their path. No part may be a link, and each is judged by the descriptor by which the
// next one is opened, the file by the one that is read, so that nothing can be exchanged in between.
// Blocks, but for nobody: a FIFO, a device, a lease are refused at once.
//
// Errors of all, each beginning with the path: permission (with what to do), invalid_argument (no
// regular file), not_found, io, too_large.

#include "base/error.hpp"

#include <cstddef>
#include <string>

namespace base {

enum class Readers { anybody, owner_only };

/// The whole content of a file of root's or of the agent's user, as all folders above it are, none of
/// which others may write; nor may they read the file where it holds keys.
Result<std::string> read_trusted_file(const std::string& path, std::size_t limit, Readers readers);

struct UsersFile {
    std::string text;
    /// The first part of the path that somebody other than root and the agent's user owns or may
    /// write; "" where there is none, so that it is as good as a trusted one.
    std::string changeable;
};

/// The whole content of a file that may be a user's: from the first folder of the user's on, every
/// part belongs to that user, to root or to the agent's.
Result<UsersFile> read_users_file(const std::string& path, std::size_t limit);

} // namespace base
