#pragma once
// A proxy on a loop and a thread of its own, between a test that is its client and the same test that is
// its engine: what goes in on one side is read on the other.

#include "agent/doors/proxy/proxy.hpp"
#include "doors/peer.hpp"
#include "fakes/temporary_folder.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace doors_test {

using agent::doors::proxy::Completed;
using agent::doors::proxy::Counters;
using agent::doors::proxy::CreateRequest;
using agent::doors::proxy::LeftAlone;
using agent::doors::proxy::Limits;
using agent::doors::proxy::NewBody;
using agent::doors::proxy::Untouched;

/// Puts `"Env":["ECS=1"]` into every body, or does what the test says.
class ScriptedCompleter : public agent::doors::proxy::Completer {
public:
    using Answer = std::function<base::Async<Completed>(CreateRequest)>;
    /// Before the first create.
    void answer_by(Answer answer) { answer_ = std::move(answer); }
    std::vector<CreateRequest> asked() const;

    base::Async<Completed> complete(CreateRequest request) override;
    /// Awaited when it is told. Before the first create.
    using Told = std::function<base::Async<void>()>;
    void when_told(Told told) { when_told_ = std::move(told); }
    /// What the completer was told: "<ticket> <status>".
    std::vector<std::string> told() const;
    base::Async<void> answered(std::string ticket, int status) override;

private:
    Answer answer_;
    Told when_told_;
    mutable std::mutex mutex_;
    std::vector<CreateRequest> asked_;
    std::vector<std::string> told_;
};

/// The body as ScriptedCompleter completes it.
std::string completed(std::string_view body);

class Door {
public:
    explicit Door(const Limits& limits = {});
    ~Door();
    Door(const Door&) = delete;
    Door& operator=(const Door&) = delete;

    /// A new client of the proxy.
    Peer client() { return Peer::connect(path()); }
    /// The proxy's next connection to the engine.
    Peer engine() { return engine_->accept(); }
    Listening& engine_socket() { return *engine_; }
    /// Nobody listens at the engine's path any more.
    void take_engine_away();
    void stop();

    std::string path() const { return folder_.path("door.sock"); }
    std::string engine_path() const { return folder_.path("engine.sock"); }
    Counters counters();
    /// Until the counters are so; false after five seconds.
    bool wait_until(const std::function<bool(const Counters&)>& so);

    ScriptedCompleter completer;

private:
    fakes::TemporaryFolder folder_;
    std::optional<Listening> engine_;
    boost::asio::io_context loop_{1};
    std::optional<agent::doors::proxy::Proxy> proxy_;
    std::thread thread_;
};

inline constexpr std::string_view create_body = R"({"Image":"x"})";
/// A request with a body by its length; `fields` end in CRLF each.
std::string request(std::string_view line, std::string_view body, std::string_view fields = "");
/// "HTTP/1.1 <status> …" with a body by its length.
std::string response(int status, std::string_view body);
/// A request that is none of ours.
inline const std::string a_ping = request("GET /_ping", "");

} // namespace doors_test
