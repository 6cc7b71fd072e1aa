#include "ipam/pool.hpp"

namespace ipam {

namespace {

constexpr std::uint32_t gateway_index = 1;

} // namespace

Subnet default_subnet() {
    return {Address{0xa9feac00}, 22};
}

base::Result<Pool> Pool::make(const Subnet& subnet) {
    const auto prefix = subnet.prefix_length();
    if (prefix < 16 || prefix > 30)
        return base::Error(base::Errc::invalid_argument, "address pool " + subnet.to_string() +
                                                             ": the prefix must be /16 to /30");
    if (subnet != subnet.canonical())
        return base::Error(base::Errc::invalid_argument, "address pool " + subnet.to_string() +
                                                             ": did you mean " +
                                                             subnet.canonical().to_string() + "?");
    return Pool(subnet);
}

Pool::Pool(const Subnet& subnet)
    : subnet_(subnet),
      next_(std::size_t{1} << (32 - subnet.prefix_length())),
      previous_(next_.size()) {
    for (std::uint32_t index = 0; index < next_.size(); ++index)
        next_[index] = previous_[index] = index;
    const auto broadcast = static_cast<std::uint32_t>(next_.size() - 1);
    for (auto index = gateway_index + 1; index < broadcast; ++index)
        append(index);
}

base::Result<Address> Pool::allocate() {
    if (free_ == 0)
        return base::Error(base::Errc::exhausted, "address pool " + subnet_.to_string() + ": all " +
                                                      std::to_string(capacity()) +
                                                      " addresses are in use");
    const auto index = next_[0];
    unlink(index);
    return Address{subnet_.network().to_uint() + index};
}

base::Result<bool> Pool::reserve(Address address) {
    if (!leasable(address))
        return base::Error(base::Errc::invalid_argument, address.to_string() +
                                                             " is no address for a lease of pool " +
                                                             subnet_.to_string());
    const auto index = index_of(address);
    if (!is_free(index))
        return false;
    unlink(index);
    return true;
}

bool Pool::release(Address address) {
    if (!leasable(address) || is_free(index_of(address)))
        return false;
    append(index_of(address));
    return true;
}

void Pool::continue_after(Address address) {
    if (!leasable(address) || free_ == 0)
        return;
    // The ring is in ascending order until the first release: the head moves before the first free
    // index that is greater.
    auto first = index_of(address) + 1;
    while (first < next_.size() && is_free(first) == false)
        ++first;
    if (first == next_.size())
        return;
    next_[previous_[0]] = next_[0];
    previous_[next_[0]] = previous_[0];
    previous_[0] = previous_[first];
    next_[0] = first;
    next_[previous_[0]] = 0;
    previous_[first] = 0;
}

bool Pool::leasable(Address address) const {
    const auto offset = std::uint64_t{address.to_uint()} - subnet_.network().to_uint();
    return offset > gateway_index && offset < next_.size() - 1;
}

Address Pool::gateway() const {
    return Address{subnet_.network().to_uint() + gateway_index};
}

std::uint32_t Pool::index_of(Address address) const {
    return address.to_uint() - subnet_.network().to_uint();
}

void Pool::unlink(std::uint32_t index) {
    next_[previous_[index]] = next_[index];
    previous_[next_[index]] = previous_[index];
    next_[index] = previous_[index] = index;
    --free_;
}

void Pool::append(std::uint32_t index) {
    next_[index] = 0;
    previous_[index] = previous_[0];
    next_[previous_[0]] = index;
    previous_[0] = index;
    ++free_;
}

} // namespace ipam
