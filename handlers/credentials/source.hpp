#pragma once
// The credentials that belong to an id, and to whom they are given. The agent implements it.

#include "base/async.hpp"
#include "handlers/http/message.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace handlers {

/// Who asks for what. Refers to the request.
struct CredentialsQuestion {
    std::string_view id;
    std::string_view address;       ///< of the peer
    std::string_view authorization; ///< the header's value, "" without it
};

/// Which of a task's two roles?
enum class CredentialsRole { task, execution };

struct CredentialsAnswer {
    enum class Kind {
        unknown, ///< nobody's id, or not this asker's: the two cannot be told apart
        refused, ///< the asker's, but there are no credentials for its role, for a reason
        pending, ///< the asker's, and not fetched yet
        ready,
    };
    Kind kind = Kind::unknown;
    http::SharedBody body;               ///< ready: the contract's document
    std::string_view reason;             ///< refused: what the asker is told; a literal
    std::chrono::seconds retry_after{1}; ///< pending
    std::string task_arn;                ///< whose they are; "" for an unknown id
    CredentialsRole role = CredentialsRole::task;
};

/// Role: tells what an id stands for, to those whom it was given to. Threading: the loop thread.
class CredentialsSource {
public:
    virtual ~CredentialsSource() = default;

    /// Whether find() would answer anything but unknown, as far as that is known at once.
    virtual bool is_given_to(const CredentialsQuestion& question) = 0;
    /// From memory; waits less than a second for credentials that are being fetched for the first
    /// time, and for an address that is not known yet.
    virtual base::Async<CredentialsAnswer> find(CredentialsQuestion question) = 0;
};

} // namespace handlers
