#include "handlers/http/close_on_exec.hpp"

#include <fcntl.h>

namespace handlers::http {

void close_on_exec(boost::asio::ip::tcp::socket::native_handle_type socket) {
    ::fcntl(socket, F_SETFD, FD_CLOEXEC);
}

} // namespace handlers::http
