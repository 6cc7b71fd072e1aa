#pragma once
// Sockets are not for the programs that the agent starts. Any thread.

#include <boost/asio/ip/tcp.hpp>

namespace handlers::http {

void close_on_exec(boost::asio::ip::tcp::socket::native_handle_type socket);

} // namespace handlers::http
