#include "handlers/http/connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>

namespace asio = boost::asio;

namespace handlers::http {

namespace {

constexpr auto token = asio::as_tuple(asio::use_awaitable);

} // namespace

Connection::Connection(asio::ip::tcp::socket socket, Endpoint peer_endpoint,
                       Endpoint local_endpoint, std::size_t header_bytes, std::size_t body_bytes)
    : parser(header_bytes, body_bytes),
      peer(std::move(peer_endpoint)),
      local(std::move(local_endpoint)),
      socket_(std::move(socket)) {
    boost::system::error_code ignored;
    socket_.non_blocking(true, ignored);
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

base::Async<bool> Connection::read() {
    const auto room = parser.prepare();
    const auto [failure, bytes] =
        co_await socket_.async_read_some(asio::buffer(room.data(), room.size()), token);
    parser.commit(bytes);
    co_return !failure;
}

base::Async<bool> Connection::write(std::string_view head_text, std::string_view body) {
    // Nearly always the kernel takes the whole answer at once, and the loop is not needed.
    std::array<asio::const_buffer, 2> parts{asio::buffer(head_text), asio::buffer(body)};
    boost::system::error_code failure;
    const auto written = socket_.write_some(parts, failure);
    if (failure && failure != asio::error::would_block)
        co_return false;
    const auto of_head = std::min(written, head_text.size());
    parts[0] += of_head;
    parts[1] += written - of_head;
    if (parts[0].size() + parts[1].size() == 0)
        co_return true;
    const auto [late_failure, bytes] = co_await asio::async_write(socket_, parts, token);
    static_cast<void>(bytes);
    co_return !late_failure;
}

base::Async<void> Connection::finish(std::size_t limit) {
    boost::system::error_code failure;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, failure);
    std::array<char, 512> discarded{};
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
