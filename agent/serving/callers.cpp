#include "agent/serving/callers.hpp"

#include "agent/network/addresses.hpp"

#include <boost/system/error_code.hpp>

#include <algorithm>

namespace agent::serving {

namespace ip = boost::asio::ip;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

constexpr auto look_limit = milliseconds(500);
constexpr auto unknown_for = seconds(1);
constexpr std::size_t most_unknown = 4096;

} // namespace

Callers::Callers(model::World& world, observer::Observer& observer,
                 observer::ContainerNetworks& networks, base::Executor loop)
    : world_(world),
      observer_(observer),
      networks_(networks),
      changed_(std::move(loop)),
      changes_(world.on_change(
          [this](const auto& /*before*/, const auto& /*after*/) { changed_.notify_all(); })) {}

base::Async<model::Caller> Callers::find(std::string ipv4) {
    auto caller = world_.find_by_address(ipv4);
    if (caller)
        co_return caller;
    boost::system::error_code failure;
    const auto address = ip::make_address(ipv4, failure);
    // Addresses of containers are known by IPv4 alone.
    if (failure || !address.is_v4() || !networks_.contains(address) ||
        network::is_own_address(address))
        co_return model::Caller();
    const auto now = steady_clock::now();
    const auto known = unknown_.find(ipv4);
    if (known != unknown_.end() && now < known->second)
        co_return model::Caller();
    co_await observer_.look_at_all(look_limit);
    caller = world_.find_by_address(ipv4);
    // A program may ask before the engine says that its container has started.
    while (!caller && steady_clock::now() < now + look_limit) {
        const bool changed = co_await changed_.wait_for(now + look_limit - steady_clock::now());
        if (!changed)
            break;
        caller = world_.find_by_address(ipv4);
    }
    if (!caller) {
        if (unknown_.size() >= most_unknown)
            unknown_.clear();
        unknown_[ipv4] = steady_clock::now() + unknown_for;
    }
    co_return caller;
}

bool Callers::is_current(const model::Caller& caller) {
    const auto is_settled = [&](const model::Container& container) {
        return !observer_.is_pending(container) && !observer_.is_sick(container.docker_id);
    };
    return observer_.connected() &&
           (!caller.task || std::ranges::all_of(caller.task->containers, is_settled));
}

bool Callers::may_connect(std::string_view address) {
    boost::system::error_code failure;
    const auto peer = ip::make_address(address, failure);
    if (failure)
        return false;
    return peer.is_loopback() || networks_.contains(peer) || network::is_own_address(peer);
}

bool Callers::is_host(std::string_view address) {
    boost::system::error_code failure;
    const auto peer = ip::make_address(address, failure);
    return !failure && (peer.is_loopback() || network::is_own_address(peer));
}

} // namespace agent::serving
