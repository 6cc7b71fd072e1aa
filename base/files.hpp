#pragma once
// Files as the agent needs them: read with a limit, replaced atomically, removed idempotently.
// All calls block; from a coroutine, offload them.

#include "base/error.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace base {

/// The whole content of a regular file; a FIFO or a device would keep the reader waiting, and is
/// invalid_argument. not_found when absent, too_large over `limit` bytes, io or permission otherwise.
Result<std::string> read_file(const std::string& path, std::size_t limit);

/// What the name of an unfinished atomic write begins with: left behind only by a kill.
inline constexpr std::string_view temporary_prefix = ".new-";

/// `unsafe` does not wait for the disk: a power cut may leave the file empty, or absent.
enum class PowerCut { safe, unsafe };

/// Replaces `path` so that a reader, a kill or a power cut sees the old or the new content, never
/// half: temporary file in the same directory, fsync, rename, fsync of the directory. On failure
/// nothing is changed and the temporary file is gone: what fails after the rename is none, since
/// readers have the new content then, and a power cut may at worst bring back the old.
Result<> write_file_atomically(const std::string& path, std::string_view content, unsigned mode,
                               PowerCut after = PowerCut::safe);

/// Makes the directory and its parents. Those made get `mode`, existing ones keep theirs. conflict
/// when something that is no directory has the name.
Result<> make_directories(const std::string& path, unsigned mode);

/// Removes a file or a whole tree without following links; true when something was there.
Result<bool> remove_tree(const std::string& path);

} // namespace base
