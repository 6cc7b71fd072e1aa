#pragma once
// An agent's link to an engine, on a loop and a thread of its own, and the engine that the test plays.

#include "agent/doors/nri/link_linux.hpp"
#include "doors/nri/wire.hpp"
#include "doors/peer.hpp"
#include "fakes/temporary_folder.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace doors_test {

/// Gives A=<the container's name>, or does what the test says.
class ScriptedGiver : public nri::Completer {
public:
    using Answer = std::function<base::Async<nri::Completed>(nri::Container)>;
    /// Before the first create.
    void answer_by(Answer answer) { answer_ = std::move(answer); }

    base::Async<nri::Completed> complete(nri::Container container) override;
    void withdraw(const std::string& ticket) override;
    std::size_t listed(std::vector<nri::Container> containers, bool last) override;

    /// What happened, in order: "ask /web", "withdraw /web", "listed 3", "listed 3 of more".
    std::vector<std::string> heard() const;
    bool has_heard(const std::string& what) const;

private:
    void note(std::string what);

    Answer answer_;
    mutable std::mutex mutex_;
    std::vector<std::string> heard_;
};

class LinkedAgent {
public:
    /// With short times, unless they are set.
    explicit LinkedAgent(std::function<void(nri::Settings&)> change = {});
    ~LinkedAgent();
    LinkedAgent(const LinkedAgent&) = delete;
    LinkedAgent& operator=(const LinkedAgent&) = delete;

    std::string path() const { return folder_.path("nri.sock"); }
    /// Whoever listens there is another file from now on.
    void listen() { engine_.emplace(path()); }
    Listening& engine() { return *engine_; }
    /// Nobody listens there any more, and there is no file.
    void take_engine_away();
    /// Nobody listens there any more.
    void kill_engine() { engine_.reset(); }

    /// The agent's next connection, as far as the registration of an engine of this kind.
    Peer registered(std::string_view kind = "docker");

    void reload();
    void look_again();
    void stop();
    nri::Counters counters();
    std::string trouble();
    /// False after five seconds.
    bool wait_until(const std::function<bool(const nri::Counters&)>& so);

    ScriptedGiver giver;

private:
    void on_loop(const std::function<void()>& what);

    fakes::TemporaryFolder folder_;
    std::optional<Listening> engine_;
    boost::asio::io_context loop_{1};
    base::WorkerPool files_{1};
    std::optional<nri::Link> link_;
    std::optional<base::TaskGroup> tasks_;
    std::thread thread_;
};

/// The next frame that the agent sends; nothing when none comes.
std::optional<nri::Frame> next_frame(Peer& peer);

} // namespace doors_test
