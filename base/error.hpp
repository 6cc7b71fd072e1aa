#pragma once
// How this project says that something went wrong: Result<T> for what can happen (Docker is away, a
// veth exists already), exceptions only for what cannot. An Error carries a code that callers may
// act on and a sentence that grows on its way up: `return std::move(error) + "attach veth"`.

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

#include <string>
#include <string_view>

namespace base {

/// What kind of failure is it? Callers act on this, people read Error::what.
enum class Errc {
    invalid_argument = 1, ///< the input is wrong; the same call will fail again
    not_found,            ///< the thing that was named does not exist, and should
    conflict,             ///< it exists already, or is in a state that forbids this
    exhausted,            ///< a pool, queue or limit is full
    timeout,              ///< a deadline passed
    unavailable,          ///< the other side cannot be reached now; later may work
    cancelled,            ///< we were asked to stop
    permission,           ///< a capability or access right is lacking
    io,                   ///< the kernel or the disk refused
    protocol,             ///< the other side answered what it must not
    unsupported,          ///< understood, and deliberately not done
    corrupt,              ///< stored state cannot be read
    too_large,            ///< over a documented size limit
    internal,             ///< a bug of ours that was contained
};

/// The code's name as it is logged, e.g. "not_found".
std::string_view to_string(Errc code);

/// A failure: its kind, and one sentence for the log. Never holds a secret.
class Error {
public:
    /// An unnamed internal error; Result<>::error() needs it to exist.
    Error() : code_(Errc::internal) {}
    Error(Errc code, std::string what) : code_(code), what_(std::move(what)) {}

    Errc code() const { return code_; }
    const std::string& what() const { return what_; }

    /// Adds what was being done when it failed, in front: "<context>: <what>".
    friend Error operator+(Error error, std::string_view context) {
        error.what_.insert(0, ": ").insert(0, context);
        return error;
    }

private:
    Errc code_;
    std::string what_;
};

template <class T = void>
using Result = boost::system::result<T, Error>;

/// Builds an Error from errno (or a given errno value): "<what>: <strerror>".
/// EACCES and EPERM become permission, ENOENT not_found, EEXIST conflict, the rest io.
Error from_errno(std::string_view what, int error_number);
Error from_errno(std::string_view what);

/// Hook for Result::value(): an unchecked failure is a bug, so it throws std::logic_error.
[[noreturn]] void throw_exception_from_error(const Error& error,
                                             const boost::source_location& location);

} // namespace base

// TRY(expression) returns the error of a Result<> from the enclosing function;
// TRY(auto name, expression) also binds the value. CO_TRY is the same inside a coroutine.
#define BASE_TRY_JOIN_(a, b) a##b
#define BASE_TRY_JOIN(a, b) BASE_TRY_JOIN_(a, b)
#define BASE_TRY_VOID(leave, tmp, ...)                                                             \
    if (auto tmp = (__VA_ARGS__); !tmp)                                                            \
    leave std::move(tmp).error()
#define BASE_TRY_BIND(leave, tmp, declaration, ...)                                                \
    auto tmp = (__VA_ARGS__);                                                                      \
    if (!tmp)                                                                                      \
        leave std::move(tmp).error();                                                              \
    declaration = std::move(*tmp)
#define BASE_TRY_PICK(_1, _2, name, ...) name
#define TRY(...)                                                                                   \
    BASE_TRY_PICK(__VA_ARGS__, BASE_TRY_BIND, BASE_TRY_VOID)                                       \
    (return, BASE_TRY_JOIN(try_result_, __COUNTER__), __VA_ARGS__)
#define CO_TRY(...)                                                                                \
    BASE_TRY_PICK(__VA_ARGS__, BASE_TRY_BIND, BASE_TRY_VOID)                                       \
    (co_return, BASE_TRY_JOIN(try_result_, __COUNTER__), __VA_ARGS__)
