#pragma once
// What is done with slices of systemd's, over one connection to the system bus. Only for the .cpp
// files of this folder. Lives on one thread, for one task's call.

#include "agent/cgroup/system_bus.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace agent::cgroup {

/// A property of a unit, by its name on the bus.
struct Property {
    std::string name;
    std::variant<bool, std::uint64_t, std::string> value;
};
using Properties = std::vector<Property>;

/// Errors are those of SystemBus::call.
class Slices {
public:
    static base::Result<Slices> open(std::chrono::milliseconds limit);

    /// A transient unit with these; conflict when it exists.
    base::Result<> start_transient(const std::string& name, const Properties& properties) const;
    /// Changes them until the next boot.
    base::Result<> set(const std::string& name, const Properties& properties) const;
    /// Starts one that is loaded; fine when it runs.
    base::Result<> start(const std::string& name) const;
    /// Stops it with everything in it, processes too; fine when there is none. Returns when it has
    /// stopped.
    base::Result<> stop(const std::string& name) const;
    /// Returns when it runs.
    base::Result<> wait_until_active(const std::string& name) const;

    /// The cgroup that all slices are in: "" but for a systemd that runs in a container.
    base::Result<std::string> root() const;
    /// One process in it or below, for the log; "" where there is none.
    base::Result<std::string> process_in(const std::string& name) const;
    /// The names of the loaded ones that match a pattern of the shell's.
    base::Result<std::vector<std::string>> list(const std::string& pattern) const;

private:
    explicit Slices(SystemBus bus) : bus_(std::move(bus)) {}
    base::Result<std::string> active_state(const std::string& name) const;
    base::Result<std::string> property(const std::string& path, const std::string& interface,
                                       const std::string& name) const;

    SystemBus bus_;
};

} // namespace agent::cgroup
