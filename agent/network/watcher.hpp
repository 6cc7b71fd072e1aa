#pragma once
// Hears from the kernel that bridge, addresses, routes, ports with their neighbours and forwarding
// entries, or the nftables table may have changed. It only hints; the owner then looks
// (bridge_is_right, repair_ports, nft_table_is_right) and mends.
// Owned by the endpoint guard. Lives on the loop thread: drain() never blocks. The sockets belong
// to the network namespace of the thread that opened them.

#include "base/error.hpp"

#include <boost/asio/ip/address_v4.hpp>

#include <array>
#include <memory>
#include <string>

namespace agent::network {

struct WatcherSettings {
    std::string bridge = "ecs-bridge";
    boost::asio::ip::address_v4 gateway{0xa9feac01};  ///< 169.254.172.1
    boost::asio::ip::address_v4 endpoint{0xa9feaa02}; ///< 169.254.170.2
};

/// What may have changed. Our own changes are among them.
struct Changes {
    bool bridge = false; ///< look with bridge_is_right()
    bool ports = false;  ///< a port left the bridge, or what ties an address to it: repair_ports()
    bool table = false;  ///< look with nft_table_is_right()

    bool any() const { return bridge || ports || table; }
};

class Watcher {
public:
    /// permission or io when a socket cannot be opened.
    static base::Result<Watcher> open(WatcherSettings settings);
    Watcher(Watcher&&) noexcept;
    Watcher& operator=(Watcher&&) noexcept;
    ~Watcher();

    /// Two descriptors to wait on for reading. They stay ours; readable means drain().
    std::array<int, 2> descriptors() const;

    /// Reads all that is pending on both, at most 4,096 messages (call again when a descriptor is
    /// still readable). When messages were lost everything is reported as changed. An error means
    /// that the watcher is of no further use: open a new one.
    base::Result<Changes> drain();

private:
    struct Impl;
    explicit Watcher(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace agent::network
