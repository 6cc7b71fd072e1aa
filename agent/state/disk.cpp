#include "agent/state/disk.hpp"

namespace agent::state {

void Disk::note(const base::Error& failure, std::string& trouble) {
    using base::Errc;
    // A full pool or a refused owner is the caller's matter, not the disk's.
    const auto code = failure.code();
    if (code == Errc::io || code == Errc::corrupt || code == Errc::permission ||
        code == Errc::unavailable)
        trouble = failure.what();
}

} // namespace agent::state
