#pragma once
// A system bus with a manager of slices on it, as far as the agent asks for one: it remembers what it
// was asked, with the types of the values. Runs on a thread of its own until it is destroyed; the
// process's DBUS_SYSTEM_BUS_ADDRESS leads to it meanwhile.

#include "base/fd_linux.hpp"
#include "fakes/temporary_folder.hpp"

#include <systemd/sd-bus.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace cgroup_test {

class FakeSystemd {
public:
    enum class Manner { answers, silent, refuses };

    /// The cgroup that it says its slices are in, as in a container.
    static constexpr auto root = "/outer";

    explicit FakeSystemd(Manner manner = Manner::answers);
    ~FakeSystemd();
    FakeSystemd(const FakeSystemd&) = delete;
    FakeSystemd& operator=(const FakeSystemd&) = delete;

    /// The calls that change something, e.g. "StopUnit a.slice replace".
    std::vector<std::string> calls() const;
    bool has(const std::string& slice) const;
    void add(const std::string& slice, std::uint32_t process = 0);
    /// The process in it ends.
    void end_process(const std::string& slice);

private:
    void serve();
    void talk_on(base::Fd connection);
    static int on_message(sd_bus_message* message, void* self, sd_bus_error* error);
    int answer(sd_bus_message* message);
    int answer_manager(sd_bus_message* message, const std::string& member);
    int list(sd_bus_message* message);
    int processes_of(sd_bus_message* message);
    int property_of(sd_bus_message* message);

    fakes::TemporaryFolder folder_;
    Manner manner_;
    base::Fd listener_;
    mutable std::mutex mutex_;
    std::map<std::string, std::uint32_t> slices_; ///< name to the process in it, 0 is none
    std::vector<std::string> calls_;
    std::atomic<bool> ends_ = false;
    std::thread thread_;
};

} // namespace cgroup_test
