#pragma once
// Veths in a network namespace of the test's own.

#include "agent/network/bridge.hpp"
#include "agent/network/veth.hpp"
#include "tests/network/own_network.hpp"

#include <gtest/gtest.h>

#include <string>

namespace network_test {

using namespace agent::network;
using base::Errc;

inline const Address a_address = address("169.254.172.2");
inline const Address b_address = address("169.254.172.3");

class Veth : public OwnNetwork {
protected:
    void SetUp() override {
        OwnNetwork::SetUp();
        ASSERT_TRUE(ensure_bridge({}));
    }

    static base::Result<Attachment> attach_as(const std::string& owner, Address wanted,
                                              const Container& container,
                                              bool block_instance_metadata = false) {
        AttachRequest request;
        request.owner = owner;
        request.sandbox_key = container.key();
        request.address = wanted;
        request.block_instance_metadata = block_instance_metadata;
        return attach(request);
    }
    static std::string host_end(const std::string& owner) { return host_interface_name(owner); }
    /// Everything that an attachment leaves on the host, as text.
    static std::string traces() {
        return output_of("ip -o link show type veth; bridge fdb show br ecs-bridge static; "
                         "ip neigh show nud permanent dev ecs-bridge");
    }
};

} // namespace network_test
