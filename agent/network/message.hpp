#pragma once
// Building and reading netlink messages. Only for the .cpp files of this folder: they alone know
// libnl.

#include "agent/network/mac.hpp"
#include "base/handle.hpp"

#include <boost/asio/ip/address.hpp>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace agent::network {

/// A request under construction. What does not fit into a page is a bug of ours.
class Message {
public:
    template <class Header>
    Message(int type, int flags, const Header& header)
        : message_(nlmsg_alloc_simple(type, NLM_F_REQUEST | flags)) {
        append(header);
    }

    nl_msg* get() const { return message_.get(); }

    template <class Header>
    void append(Header header) {
        must(nlmsg_append(get(), &header, sizeof header, NLMSG_ALIGNTO));
    }
    void put(int attribute, const void* data, std::size_t size) {
        must(nla_put(get(), attribute, static_cast<int>(size), data));
    }
    void put_text(int attribute, std::string_view text) {
        const std::string terminated(text);
        put(attribute, terminated.c_str(), terminated.size() + 1);
    }
    template <class Number>
    void put_number(int attribute, Number number) {
        put(attribute, &number, sizeof number);
    }
    void put_mac(int attribute, const Mac& mac) { put(attribute, mac.data(), mac.size()); }
    void put_address(int attribute, boost::asio::ip::address_v4 address) {
        const auto bytes = address.to_bytes();
        put(attribute, bytes.data(), bytes.size());
    }
    void put_address(int attribute, const boost::asio::ip::address& address) {
        if (address.is_v4())
            return put_address(attribute, address.to_v4());
        const auto bytes = address.to_v6().to_bytes();
        put(attribute, bytes.data(), bytes.size());
    }
    /// Everything that `fill` puts is inside the attribute.
    template <class Fill>
    void nest(int attribute, Fill fill) {
        auto* start = nla_nest_start(get(), attribute);
        must(start == nullptr ? -1 : 0);
        fill();
        nla_nest_end(get(), start);
    }

private:
    static void must(int outcome) {
        if (outcome < 0)
            throw std::length_error("netlink message");
    }
    base::Handle<nl_msg, &nlmsg_free> message_;
};

/// The attributes of a received message, up to number `Max`; what is absent or too short is
/// nothing.
template <int Max>
class Attributes {
public:
    template <class Header>
    static Attributes after(const nlmsghdr& message, const Header& header) {
        Attributes result;
        nlmsg_parse(const_cast<nlmsghdr*>(&message), sizeof header, result.table_.data(), Max,
                    nullptr);
        return result;
    }
    static Attributes within(const nlattr* nested) {
        Attributes result;
        if (nested != nullptr)
            nla_parse(result.table_.data(), Max, static_cast<nlattr*>(nla_data(nested)),
                      nla_len(nested), nullptr);
        return result;
    }

    const nlattr* raw(std::size_t attribute) const { return table_[attribute]; }
    template <class Value>
    std::optional<Value> value(std::size_t attribute) const {
        const auto* found = table_[attribute];
        if (found == nullptr || nla_len(found) < static_cast<int>(sizeof(Value)))
            return std::nullopt;
        Value result;
        nla_memcpy(&result, found, sizeof result);
        return result;
    }
    template <class Number>
    Number number(std::size_t attribute, Number otherwise = 0) const {
        return value<Number>(attribute).value_or(otherwise);
    }
    std::string text(std::size_t attribute) const {
        const auto* found = table_[attribute];
        if (found == nullptr)
            return {};
        const std::string_view bytes(static_cast<const char*>(nla_data(found)),
                                     static_cast<std::size_t>(nla_len(found)));
        return std::string(bytes.substr(0, bytes.find('\0')));
    }
    std::optional<boost::asio::ip::address_v4> address(std::size_t attribute) const {
        const auto bytes = value<boost::asio::ip::address_v4::bytes_type>(attribute);
        return bytes ? std::optional(boost::asio::ip::address_v4(*bytes)) : std::nullopt;
    }
    /// Of IPv6 when it is long enough for that.
    std::optional<boost::asio::ip::address> any_address(std::size_t attribute) const {
        if (const auto bytes = value<boost::asio::ip::address_v6::bytes_type>(attribute))
            return boost::asio::ip::address_v6(*bytes);
        return address(attribute);
    }

private:
    std::array<nlattr*, static_cast<std::size_t>(Max) + 1> table_{};
};

/// The family header of a received message.
template <class Header>
Header header_of(const nlmsghdr& message) {
    Header header{};
    if (message.nlmsg_len >= NLMSG_HDRLEN + sizeof header)
        header = *static_cast<const Header*>(nlmsg_data(&message));
    return header;
}

} // namespace agent::network
