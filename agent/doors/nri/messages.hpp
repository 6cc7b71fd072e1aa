#pragma once
// What NRI's messages say, as values: between here and the wire is protobuf, which nobody else sees. What
// cannot be read is nothing. Pure.

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agent::doors::nri {

/// A call of a method, by either side.
struct Call {
    std::string service; ///< "nri.pkg.api.v1alpha1.Plugin"
    std::string method;  ///< "CreateContainer"
    std::string payload; ///< its message

    bool operator==(const Call&) const = default;
};

/// What a call was answered.
struct Answer {
    int code = 0; ///< gRPC's: 0 where it was done
    std::string message;
    std::string payload;

    bool operator==(const Answer&) const = default;
};

/// The engine, as it introduces itself.
struct Runtime {
    std::string name; ///< "docker"
    std::string version;

    bool operator==(const Runtime&) const = default;
};

/// A container as the engine tells of it: neither image nor mounts nor networks are told. Everything in it
/// is a user's and unchecked.
struct Container {
    std::string id;                            ///< 64 hexadecimal digits
    std::string name;                          ///< "/web"
    std::map<std::string, std::string> labels; ///< its image's with its own
    std::vector<std::string> environment;      ///< "NAME=value", its image's with its own

    bool operator==(const Container&) const = default;
};

/// A part of what the engine has.
struct Listing {
    std::vector<Container> containers;
    bool more = false; ///< another part follows
};

/// A directory of the host, bound so that it can only be read.
struct ReadOnlyBind {
    std::string source;
    std::string target;

    bool operator==(const ReadOnlyBind&) const = default;
};

/// What a container is given. The engine takes nothing but UTF-8 in here, and a source that is there;
/// anything else has it refuse the container.
struct Adjustment {
    /// Name and value: added, or in the place of a variable of this name.
    std::vector<std::pair<std::string, std::string>> variables;
    std::optional<ReadOnlyBind> bind;

    bool empty() const { return variables.empty() && !bind; }
    bool operator==(const Adjustment&) const = default;
};

std::string encode(const Call& call, std::chrono::nanoseconds timeout);
std::optional<Call> decode_call(std::string_view bytes);
std::string encode(const Answer& answer);
std::optional<Answer> decode_answer(std::string_view bytes);

// Payloads.
std::string registration(const std::string& name, const std::string& index);
std::optional<Runtime> decode_configure(std::string_view payload);
std::string subscription_to_creates();
std::optional<Listing> decode_synchronize(std::string_view payload);
std::string synchronized(bool more);
std::optional<Container> decode_create(std::string_view payload);
std::string encode(const Adjustment& adjustment);

} // namespace agent::doors::nri
