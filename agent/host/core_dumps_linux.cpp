#include "agent/host/core_dumps.hpp"

#include <sys/prctl.h>

namespace agent::host {

base::Result<> forbid_core_dumps() {
    // A limit on a core's size does not hold for a core that is piped to a program.
    if (::prctl(PR_SET_DUMPABLE, 0) != 0)
        return base::from_errno("forbid core dumps");
    return {};
}

} // namespace agent::host
