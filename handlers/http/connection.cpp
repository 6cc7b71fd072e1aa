#include "handlers/http/connection.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace asio = boost::asio;

namespace handlers::http {

namespace {

constexpr auto token = asio::as_tuple(asio::use_awaitable);

} // namespace

Connection::Connection(asio::ip::tcp::socket socket, SocketAddress peer_endpoint,
                       SocketAddress local_endpoint, std::size_t header_bytes,
                       std::size_t body_bytes)
    : parser(header_bytes, body_bytes),
      peer(std::move(peer_endpoint)),
      local(std::move(local_endpoint)),
      socket_(std::move(socket)) {
    boost::system::error_code ignored;
    socket_.non_blocking(true, ignored);
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

bool Connection::write_at_once(std::string_view head, std::string_view body) {
    unwritten_ = {asio::buffer(head), asio::buffer(body)};
    boost::system::error_code failure;
    const auto written = socket_.write_some(unwritten_, failure);
    failed_ = failure && failure != asio::error::would_block;
    if (failed_ || written == head.size() + body.size())
        return !failed_;
    const auto of_head = std::min(written, head.size());
    rest_of_head_ = head.substr(of_head);
    unwritten_[0] = asio::buffer(rest_of_head_);
    unwritten_[1] += written - of_head;
    return false;
}

base::Async<bool> Connection::write_rest() {
    if (failed_)
        co_return false;
    const auto [failure, bytes] = co_await asio::async_write(socket_, unwritten_, token);
    static_cast<void>(bytes);
    co_return !failure;
}

base::Async<void> Connection::finish(std::size_t limit) {
    boost::system::error_code failure;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, failure);
    // Nobody looks at it, so one is enough for all; a small one would cost a turn for every few bytes.
    static std::array<char, 65536> discarded;
    for (std::size_t taken = 0; !failure && taken < limit;) {
        const auto [ended, bytes] =
            co_await socket_.async_read_some(asio::buffer(discarded), token);
        failure = ended;
        taken += bytes;
    }
}

base::Async<void> Connection::yield() {
    co_await asio::post(socket_.get_executor(), asio::use_awaitable);
}

void Connection::close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

} // namespace handlers::http
