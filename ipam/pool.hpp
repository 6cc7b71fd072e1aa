#pragma once
// The addresses of one subnet, taken and free. Pure memory, no clock, no disk: LeaseTable owns one
// and makes it durable. Allocation, taking and releasing are O(1). A released address goes to the
// end of the queue, so every other free address is handed out before it comes again.

#include "base/error.hpp"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/network_v4.hpp>

#include <cstdint>
#include <vector>

namespace ipam {

using Address = boost::asio::ip::address_v4;
using Subnet = boost::asio::ip::network_v4;

/// 169.254.172.0/22, the pool of Amazon's agent.
Subnet default_subnet();

class Pool {
public:
    /// All addresses free but network, broadcast and gateway (the first host). invalid_argument
    /// unless the prefix is /16 to /30 and the subnet has no host bits set.
    static base::Result<Pool> make(const Subnet& subnet);

    /// The free address that was not in use for the longest. exhausted when none is free; the text
    /// names the subnet and the count.
    base::Result<Address> allocate();
    /// Takes this one; false when it is taken already, invalid_argument when it can never be
    /// leased.
    base::Result<bool> reserve(Address address);
    /// False when it was free, or is no address of this pool.
    bool release(Address address);
    /// Continue after this address: it and those before it go to the end of the queue. Used once
    /// after loading; addresses outside of the pool are ignored.
    void continue_after(Address address);

    /// Inside, and neither network, broadcast nor gateway.
    bool leasable(Address address) const;
    Subnet subnet() const { return subnet_; }
    Address gateway() const;
    std::size_t capacity() const { return next_.size() - 3; }
    std::size_t free() const { return free_; }

private:
    explicit Pool(const Subnet& subnet);
    std::uint32_t index_of(Address address) const;
    bool is_free(std::uint32_t index) const { return next_[index] != index; }
    void unlink(std::uint32_t index);
    void append(std::uint32_t index);

    Subnet subnet_;
    // The free ones as a ring of indices into the subnet; 0 (the network address, never leased) is
    // its head. One that is taken points at itself.
    std::vector<std::uint32_t> next_;
    std::vector<std::uint32_t> previous_;
    std::size_t free_ = 0;
};

} // namespace ipam
