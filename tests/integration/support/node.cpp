#include "tests/integration/support/node.hpp"

#include "tests/integration/support/wait.hpp"

#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace integration {

using std::chrono::seconds;

namespace {

constexpr auto wire = "test-nodes"; ///< the bridge between sandbox and nodes

/// Says by a file that it is done, and stays. As the sandbox's own: no server of a test's may take the agent's ports.
std::string setting_up(const std::string& name, const std::string& done) {
    return "hostname " + name +
           "\n"
           "mkdir -p /run/docker\n"
           "mount -t tmpfs -o mode=0711 tmpfs /run/docker\n"
           "ip link set lo up\n"
           "printf '51678,51679' >/proc/sys/net/ipv4/ip_local_reserved_ports\n"
           "touch " +
           done + "\nexec sleep infinity";
}

} // namespace

Node::Node(std::string name, int number, const std::string& directory)
    : name_(std::move(name)), address_("192.168.234." + std::to_string(number)) {
    std::filesystem::create_directories(directory);
    const auto done = directory + "/is-set-up";
    const auto log = directory + "/node.log";
    holder_ = start_program({"setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--net",
                             "--uts", "--ipc", "sh", "-ec", setting_up(name_, done)},
                            log);
    if (!eventually(seconds(10), [&] { return std::filesystem::exists(done); }))
        throw std::runtime_error("no namespaces for a node: " + run({"cat", log}).out);
    connect();
    engine_.emplace(directory, false, entry());
}

Node::~Node() {
    engine_.reset();
    ::kill(holder_, SIGKILL);
    ::waitpid(holder_, nullptr, 0);
}

/// The end of the cable in the node goes with its network, and the other end with it.
void Node::connect() const {
    const auto bridge = std::string(wire);
    shell("ip link show " + bridge + " >/dev/null 2>&1 || { ip link add " + bridge +
          " type bridge && ip addr add " + address_of_sandbox + "/24 dev " + bridge +
          " && ip link set " + bridge + " up; }");
    shell("ip link add node-" + name_ + " type veth peer name eth0 netns " +
          std::to_string(holder_) + " && ip link set node-" + name_ + " master " + bridge + " up");
    must(followed(
        entry(), {"sh", "-ec", "ip addr add " + address_ + "/24 dev eth0 && ip link set eth0 up"}));
}

Words Node::entry() const {
    return {"nsenter", "--target", std::to_string(holder_), "--mount", "--net", "--uts", "--ipc"};
}

} // namespace integration
