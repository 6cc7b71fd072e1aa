#include "base/error.hpp"

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace base {

std::string_view to_string(Errc code) {
    switch (code) {
    case Errc::invalid_argument: return "invalid_argument";
    case Errc::not_found: return "not_found";
    case Errc::conflict: return "conflict";
    case Errc::exhausted: return "exhausted";
    case Errc::timeout: return "timeout";
    case Errc::unavailable: return "unavailable";
    case Errc::cancelled: return "cancelled";
    case Errc::permission: return "permission";
    case Errc::io: return "io";
    case Errc::protocol: return "protocol";
    case Errc::unsupported: return "unsupported";
    case Errc::corrupt: return "corrupt";
    case Errc::too_large: return "too_large";
    case Errc::internal: return "internal";
    }
    return "unknown";
}

Error from_errno(std::string_view what, int error_number) {
    auto code = Errc::io;
    if (error_number == EACCES || error_number == EPERM)
        code = Errc::permission;
    else if (error_number == ENOENT)
        code = Errc::not_found;
    else if (error_number == EEXIST)
        code = Errc::conflict;
    return {code, std::string(what) + ": " + std::generic_category().message(error_number)};
}

Error from_errno(std::string_view what) {
    return from_errno(what, errno);
}

void throw_exception_from_error(const Error& error, const boost::source_location& location) {
    throw std::logic_error(error.what() + " (unchecked at " + location.to_string() + ")");
}

} // namespace base
