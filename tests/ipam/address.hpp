#pragma once
// Addresses as tests write them.

#include "ipam/pool.hpp"

namespace ipam_test {

inline ipam::Address address(const char* text) {
    return boost::asio::ip::make_address_v4(text);
}

} // namespace ipam_test
