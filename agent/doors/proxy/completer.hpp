#pragma once
// What the socket asks of whoever knows what a container is given: the body of a create in, a completed
// one or the reason for leaving it alone out. The proxy declares it, the daemon implements it. Loop thread.

#include "base/async.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace agent::doors::proxy {

enum class CreateKind { container, service, service_update };

/// One call that makes containers, now or later. Everything in it is the client's and unchecked.
struct CreateRequest {
    CreateKind kind = CreateKind::container;
    /// Of a container: what it is to be called, decoded, "" where Docker chooses. Of an update: the
    /// service's id or name. "" for a new service, whose body says it.
    std::string name;
    std::string version; ///< of the API, as the path has it ("1.44"); "" where it has none
    std::string body;    ///< at most 4 MiB, without the chunks' frames; not known to be JSON
};

/// Why does a create reach the engine as it was sent?
enum class Untouched {
    not_wanted, ///< a rule or the container itself says so
    not_ready,  ///< the agent starts or ends
    no_image,   ///< the engine has not the image, and will say so
    engine,     ///< does not say what has to be known
    bad_body,   ///< it is no create that could be completed
    late,       ///< its completion took too long, or too many are under way (Limits)
    too_large,  ///< over Limits::body_bytes
    no_body,    ///< none is announced
};
inline constexpr std::size_t count_of_untouched = 8;

/// As logs and metrics name it: "not_wanted".
std::string_view to_string(Untouched reason);

struct LeftAlone {
    Untouched reason = Untouched::not_wanted;
    std::string why; ///< a sentence for the log, without anything of the body
};

/// The new body, and by what the completer knows it again when the engine has answered.
struct NewBody {
    std::string text;
    std::string ticket; ///< "": it does not want to know
};

/// The new body, or why there is none.
using Completed = std::variant<NewBody, LeftAlone>;

class Completer {
public:
    virtual ~Completer() = default;
    /// What takes longer than Limits::completion_time is not waited for, and its outcome is dropped. The
    /// task that it runs in is cancelled when the proxy stops.
    virtual base::Async<Completed> complete(CreateRequest request) = 0;

    /// The engine has answered the completed create so; a status of 0: it never will, or was never asked.
    /// The answer is passed on when this has returned, or after Limits::completion_time.
    virtual base::Async<void> answered(std::string ticket, int status) = 0;
};

} // namespace agent::doors::proxy
