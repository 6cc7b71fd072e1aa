#include "agent/definition/host_architecture.hpp"

#include <sys/utsname.h>

namespace agent::definition {

std::string host_architecture() {
    utsname names{};
    if (::uname(&names) != 0)
        return "unknown";
    const std::string machine = names.machine;
    if (machine == "x86_64")
        return "X86_64";
    return machine == "aarch64" ? "ARM64" : machine;
}

} // namespace agent::definition
