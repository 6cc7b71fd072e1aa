#pragma once
// The pause program (pause.c), carried inside the daemon so that no registry is needed for an
// awsvpc task. Constant data; any thread.

#include <cstddef>
#include <span>
#include <string>

namespace packaging {

/// The static executable for this machine's architecture.
std::span<const std::byte> pause_program();

/// 16 hex digits that change with the program. As a label of the imported image they tell whether
/// the engine has the one that we carry.
std::string pause_digest();

/// What `POST /images/create?fromSrc=-` takes as its body: a tar archive with the program as /pause
/// (0755, root). The same bytes each time.
std::string pause_tar();

} // namespace packaging
