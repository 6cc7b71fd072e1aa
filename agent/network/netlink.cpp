#include "agent/network/netlink.hpp"

#include "agent/network/message.hpp"

#include <linux/netlink.h>
#include <netlink/handlers.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include <sched.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

namespace agent::network {

namespace {

constexpr timeval answer_limit{5, 0};
constexpr auto receive_buffer_bytes = 1 << 20;
constexpr auto max_dump_attempts = 5;

/// What one exchange has brought so far; libnl's callbacks get it as their argument.
struct Exchange {
    std::vector<std::vector<char>> messages;
    Reply reply;
    bool ended = false;
    bool interrupted = false; ///< a dump saw a table that changed meanwhile
};

/// The kernel's sentence, which follows the refused request's header (NETLINK_EXT_ACK).
std::string sentence_of(const nlmsgerr& refusal) {
    const auto* message =
        reinterpret_cast<const nlmsghdr*>(reinterpret_cast<const char*>(&refusal) - NLMSG_HDRLEN);
    if ((message->nlmsg_flags & NLM_F_ACK_TLVS) == 0)
        return {};
    auto skipped = sizeof refusal;
    if ((message->nlmsg_flags & NLM_F_CAPPED) == 0)
        skipped += refusal.msg.nlmsg_len - NLMSG_HDRLEN;
    if (message->nlmsg_len < NLMSG_HDRLEN + skipped)
        return {};
    std::array<nlattr*, NLMSGERR_ATTR_MAX + 1> table{};
    auto* start = const_cast<char*>(reinterpret_cast<const char*>(&refusal)) + NLMSG_ALIGN(skipped);
    nla_parse(table.data(), NLMSGERR_ATTR_MAX, reinterpret_cast<nlattr*>(start),
              static_cast<int>(message->nlmsg_len - NLMSG_HDRLEN - NLMSG_ALIGN(skipped)), nullptr);
    const auto* text = table[NLMSGERR_ATTR_MSG];
    return text == nullptr ? std::string() : nla_get_string(text);
}

int on_message(nl_msg* message, void* argument) {
    const auto* header = nlmsg_hdr(message);
    const auto* start = reinterpret_cast<const char*>(header);
    static_cast<Exchange*>(argument)->messages.emplace_back(start, start + header->nlmsg_len);
    return NL_OK;
}

int on_end(nl_msg*, void* argument) {
    static_cast<Exchange*>(argument)->ended = true;
    return NL_STOP;
}

int on_refusal(sockaddr_nl*, nlmsgerr* refusal, void* argument) {
    auto& exchange = *static_cast<Exchange*>(argument);
    exchange.reply = {-refusal->error, sentence_of(*refusal)};
    exchange.ended = true;
    return NL_STOP;
}

int on_interrupted(nl_msg*, void* argument) {
    static_cast<Exchange*>(argument)->interrupted = true;
    return NL_OK;
}

base::Error libnl_error(std::string_view doing, int code) {
    const auto kind = code == -NLE_AGAIN ? base::Errc::timeout : base::Errc::io;
    return base::Error(kind, nl_geterror(code)) + doing;
}

} // namespace

base::Error to_error(std::string_view doing, const Reply& reply) {
    auto error = base::from_errno(doing, reply.error);
    const auto kind = reply.error == ENODEV ? base::Errc::not_found : error.code();
    const auto sentence = reply.text.empty() ? std::string() : " (" + reply.text + ")";
    return {kind, error.what() + sentence};
}

base::Result<> check(std::string_view doing, const Reply& reply) {
    if (!reply.done())
        return to_error(doing, reply);
    return {};
}

struct Netlink::Impl {
    base::Handle<nl_sock, &nl_socket_free> socket;
    base::Handle<nl_cb, &nl_cb_put> callbacks;
};

Netlink::Netlink(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Netlink::Netlink(Netlink&&) noexcept = default;
Netlink& Netlink::operator=(Netlink&&) noexcept = default;
Netlink::~Netlink() = default;

base::Result<Netlink> Netlink::open(int protocol) {
    auto impl = std::make_unique<Impl>();
    impl->socket.reset(nl_socket_alloc());
    impl->callbacks.reset(nl_cb_alloc(NL_CB_DEFAULT));
    if (impl->socket == nullptr || impl->callbacks == nullptr)
        return base::Error(base::Errc::exhausted, "no memory for a netlink socket");
    auto* socket = impl->socket.get();
    if (const auto code = nl_connect(socket, protocol); code < 0)
        return libnl_error("open netlink socket", code);
    nl_socket_set_buffer_size(socket, receive_buffer_bytes, 0);
    const auto fd = nl_socket_get_fd(socket);
    const int on = 1;
    if (::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &answer_limit, sizeof answer_limit) != 0 ||
        ::setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on) != 0 ||
        ::setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on) != 0)
        return base::from_errno("set up netlink socket");
    return Netlink(std::move(impl));
}

base::Result<Netlink> Netlink::open_route() {
    return open(NETLINK_ROUTE);
}

base::Result<Netlink> Netlink::open_netfilter() {
    return open(NETLINK_NETFILTER);
}

base::Result<Netlink> Netlink::open_route_in(const base::Fd& network_namespace) {
    std::optional<base::Result<Netlink>> result;
    const auto visit = [&] {
        if (::setns(network_namespace.get(), CLONE_NEWNET) == 0)
            result.emplace(open_route());
        else if (errno == EINVAL)
            result.emplace(base::Error(base::Errc::not_found, "it is no network namespace"));
        else
            result.emplace(base::from_errno("enter network namespace"));
    };
    // The thread never comes back from there, so nobody can be left in the wrong namespace.
    try {
        std::thread(visit).join();
    } catch (const std::system_error& failure) {
        return base::Error(base::Errc::exhausted, failure.what()) + "start a thread";
    }
    return std::move(*result);
}

base::Result<Reply> Netlink::call(Message& request, const Visitor& visit) {
    auto* callbacks = impl_->callbacks.get();
    for (auto attempt = 1;; ++attempt) {
        Exchange exchange;
        nl_cb_set(callbacks, NL_CB_VALID, NL_CB_CUSTOM, on_message, &exchange);
        nl_cb_set(callbacks, NL_CB_ACK, NL_CB_CUSTOM, on_end, &exchange);
        nl_cb_set(callbacks, NL_CB_FINISH, NL_CB_CUSTOM, on_end, &exchange);
        nl_cb_set(callbacks, NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_interrupted, &exchange);
        nl_cb_err(callbacks, NL_CB_CUSTOM, on_refusal, &exchange);
        nlmsg_hdr(request.get())->nlmsg_seq = NL_AUTO_SEQ;
        if (const auto code = nl_send_auto(impl_->socket.get(), request.get()); code < 0)
            return libnl_error("send netlink request", code);
        while (!exchange.ended)
            if (const auto code = nl_recvmsgs(impl_->socket.get(), callbacks);
                code < 0 && !exchange.ended)
                return libnl_error("read netlink answer", code);
        if (exchange.interrupted && attempt < max_dump_attempts)
            continue;
        if (visit)
            for (const auto& message : exchange.messages)
                visit(*reinterpret_cast<const nlmsghdr*>(message.data()));
        return exchange.reply;
    }
}

} // namespace agent::network
