#include "agent/state/disk.hpp"

namespace agent::state {

void Disk::note(std::optional<base::Error> failure) {
    using base::Errc;
    if (!failure) {
        trouble_.clear();
        return;
    }
    // A full pool or a refused owner is the caller's matter, not the disk's.
    const auto code = failure->code();
    if (code == Errc::io || code == Errc::corrupt || code == Errc::permission ||
        code == Errc::unavailable)
        trouble_ = failure->what();
}

} // namespace agent::state
