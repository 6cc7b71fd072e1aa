#pragma once
// Role: the agent's connection to the engine's NRI socket: connects where the socket is, registers, has the
//   creates that the engine asks about completed, and begins anew whenever the engine has closed, has
//   forgotten the agent (a reload: another socket is there, or somebody says so) or speaks otherwise.
// Owner: the daemon, which runs run(). Threading: the loop thread; the socket's path is looked at on `files`.
// Failure: the engine goes on without the agent, and containers come without additions. Each loss is logged,
//   the same cause once a minute; attempts come later each time, and every 10 s in the end.

#include "agent/doors/nri/completer.hpp"
#include "agent/doors/nri/counters.hpp"
#include "agent/doors/nri/settings.hpp"
#include "base/async.hpp"
#include "base/error.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace agent::doors::nri {

class Link {
public:
    /// Both outlive it. `files` is a pool for files of our own.
    Link(base::Executor loop, base::WorkerPool& files, Settings settings, Completer& completer);
    /// Only after stop().
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    /// Until cancelled, or stopped.
    base::Async<void> run();

    /// The engine has read its configuration anew, after which it asks nobody any more who had registered:
    /// registers anew, now.
    void reload();
    /// The engine is back, maybe as one that nobody has registered with: looks whether its socket is another,
    /// now.
    void look_again();

    const Counters& counters() const { return counters_; }
    /// Why the engine does not ask, a sentence; "" while it does, and where there is no socket.
    std::string trouble() const;

    /// Closes, and ends what is under way; containers that wait come without additions.
    base::Async<void> stop();

private:
    /// Which file the socket is. The number of one that was removed may be another's soon.
    struct Place {
        std::uint64_t device = 0;
        std::uint64_t inode = 0;
        std::int64_t changed = 0; ///< nanoseconds since 1970
        bool operator==(const Place&) const = default;
    };
    struct Connection;
    struct Outcome;
    using Held = std::shared_ptr<Connection>;

    base::Async<std::optional<Place>> look();
    base::Async<base::Error> hold(Place place);
    base::Async<void> serve(Held connection);
    base::Async<void> watch(Held connection, Place place);
    base::Async<void> give(Held connection, std::uint32_t token, Container container);
    base::Async<void> ask(Container container, std::shared_ptr<Outcome> outcome);
    void receive(const Held& connection, std::string_view bytes);
    void take(const Held& connection, std::uint32_t token, Container container);
    void pass(Connection& connection, std::uint32_t token, Passed reason);
    void begin_asking(Connection& connection, bool last);
    void send(Connection& connection);
    static void end(Connection& connection, base::Error why);
    void tell_absent();
    void tell_loss(const base::Error& why);

    base::Executor loop_;
    base::WorkerPool& files_;
    const Settings settings_;
    Completer& completer_;
    Counters counters_;
    Held connection_; ///< null while there is none
    bool stopped_ = false;
    bool again_at_once_ = false; ///< a reload was told
    base::Notifier wake_;
    base::TaskGroup tasks_;
    bool told_absent_ = false;
    std::string trouble_;
    std::string told_loss_; ///< its cause, and when
    std::chrono::steady_clock::time_point loss_told_;
};

} // namespace agent::doors::nri
