#include "agent/doors/nri/link_linux.hpp"

#include "agent/doors/nri/conversation.hpp"
#include "agent/doors/sockets/stream_linux.hpp"
#include "base/log.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace agent::doors::nri {

namespace log = base::log;
using base::Async;
using base::Errc;
using base::Error;
using std::chrono::steady_clock;

namespace {

constexpr auto connect_time = std::chrono::seconds(2);
/// The same loss is not told again within this time.
constexpr auto loss_pause = std::chrono::minutes(1);
constexpr std::size_t read_size = 64 * 1024;
/// The engine whose containers the observer sees.
constexpr std::string_view docker = "docker";
constexpr std::size_t short_id = 12;

} // namespace

/// Shared by all who serve it: whoever of them ends it, the others find it ended.
struct Link::Connection {
    Connection(const base::Executor& loop, base::Fd socket)
        : stream(loop, std::move(socket)), stirred(loop), deadline(steady_clock::now()) {}

    sockets::Stream stream;
    Conversation conversation;
    bool is_docker = false;
    std::size_t under_way = 0;         ///< completions
    std::optional<Error> why;          ///< it has ended
    base::Notifier stirred;            ///< it has ended, or is to be looked at
    steady_clock::time_point deadline; ///< for the engine to ask
};

/// Shared by who completes and who waits: either may be gone first.
struct Link::Outcome {
    explicit Outcome(const base::Executor& loop) : came(loop) {}
    std::optional<Completed> completed;
    bool dropped = false; ///< nobody waits any more
    base::Notifier came;
};

Link::Link(base::Executor loop, base::WorkerPool& files, Settings settings, Completer& completer)
    : loop_(loop),
      files_(files),
      settings_(std::move(settings)),
      completer_(completer),
      wake_(loop),
      tasks_(loop) {}

Link::~Link() = default;

Async<void> Link::run() {
    const auto stop = co_await base::stop_token();
    auto pause = settings_.first_pause;
    std::optional<steady_clock::time_point> lost;
    while (!stop.requested() && !stopped_) {
        const auto place = co_await look();
        if (!place) {
            tell_absent();
            // An engine that starts again makes it before it makes containers.
            const bool comes_back = lost && steady_clock::now() - *lost < settings_.restart_time;
            co_await wake_.wait_for(comes_back ? settings_.first_pause : settings_.absent_pause);
            continue;
        }
        const auto begun = steady_clock::now();
        const auto registrations = counters_.registered;
        counters_.state = LinkState::connecting;
        const auto why = co_await hold(*place);
        if (stop.requested() || stopped_)
            break;
        tell_loss(why);
        const auto now = steady_clock::now();
        const bool was_registered = counters_.registered > registrations;
        if (was_registered)
            lost = now;
        // One that was killed has left its socket, and listens at it again before it makes containers.
        const bool comes_back = lost && now - *lost < settings_.restart_time;
        if (!was_registered && comes_back && !again_at_once_) {
            co_await wake_.wait_for(settings_.first_pause);
            continue;
        }
        // What is lost as soon as it is there would only hold up creates, which wait for a registration.
        if (now - begun >= settings_.longest_pause)
            pause = settings_.first_pause;
        if (!std::exchange(again_at_once_, false))
            co_await wake_.wait_for(pause);
        pause = std::min(pause * 2, settings_.longest_pause);
    }
    counters_.state = LinkState::absent;
}

/// Nothing where there is no socket.
Async<std::optional<Link::Place>> Link::look() {
    auto look_at = [path = settings_.socket_path] {
        struct stat found {};
        std::optional<Place> place;
        if (::stat(path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode))
            place =
                Place{found.st_dev, found.st_ino,
                      found.st_ctim.tv_sec * std::int64_t{1'000'000'000} + found.st_ctim.tv_nsec};
        return place;
    };
    co_return co_await base::offload(files_, std::move(look_at));
}

/// One connection, from its making to its end; why it has ended.
Async<Error> Link::hold(Place place) {
    auto socket = co_await sockets::connect_to(settings_.socket_path, connect_time);
    if (!socket)
        co_return socket.error();
    if (stopped_)
        co_return Error(Errc::cancelled, "the agent ends");
    const auto connection = std::make_shared<Connection>(loop_, std::move(*socket));
    connection->deadline += settings_.registration_time;
    connection_ = connection;
    send(*connection);
    tasks_.spawn("watch of NRI", watch(connection, place));
    co_await serve(connection);
    connection_.reset();
    counters_.state = LinkState::connecting;
    ++counters_.lost;
    co_return connection->why.value_or(Error(Errc::cancelled, "the agent ends"));
}

Async<void> Link::serve(Held connection) {
    const auto stop = co_await base::stop_token();
    auto& c = *connection;
    std::string room(read_size, '\0');
    while (!c.why && !stop.requested()) {
        const auto [failure] = co_await c.stream.wait(sockets::Stream::Wait::wait_read);
        if (c.why || stop.requested())
            break;
        const auto read = failure ? sockets::Stream::Read{} : c.stream.read(room);
        if (read.outcome == sockets::Stream::Read::Outcome::some)
            receive(connection, {room.data(), read.size});
        else if (failure || read.outcome != sockets::Stream::Read::Outcome::nothing)
            end(c, Error(Errc::unavailable, "the engine has closed the connection"));
    }
    if (!c.why)
        end(c, Error(Errc::cancelled, "the agent ends"));
    c.stream.close();
}

// A reload of the engine drops its plugins and leaves their connections open: only the socket's file tells.
Async<void> Link::watch(Held connection, Place place) {
    const auto stop = co_await base::stop_token();
    auto& c = *connection;
    while (!c.why && !stop.requested()) {
        const auto until_deadline = c.deadline - steady_clock::now();
        const bool waits = !c.conversation.is_registered();
        const auto pause =
            waits ? std::min<steady_clock::duration>(settings_.look_pause, until_deadline)
                  : settings_.look_pause;
        co_await c.stirred.wait_for(pause);
        if (c.why || stop.requested())
            break;
        if (!c.conversation.is_registered() && steady_clock::now() >= c.deadline)
            end(c, Error(Errc::timeout, "the engine has not registered the agent in time"));
        const auto now = co_await look();
        if (now == place || c.why)
            continue;
        again_at_once_ = true;
        end(c, Error(Errc::unavailable,
                     "the engine has made another socket, so it has forgotten the agent"));
    }
}

void Link::receive(const Held& connection, std::string_view bytes) {
    auto& c = *connection;
    auto events = c.conversation.receive(bytes);
    // What could be answered before is: a create that waits is given what it may have.
    send(c);
    if (!events)
        return end(c, events.error());
    for (auto& event : *events) {
        if (const auto* introduced = std::get_if<Conversation::Introduced>(&event)) {
            c.is_docker = introduced->runtime.name == docker;
            log::info("the engine takes the agent as a plugin (NRI)",
                      {{"socket", settings_.socket_path},
                       {"engine", introduced->runtime.name},
                       {"version", introduced->runtime.version}});
            if (!c.is_docker)
                log::warn("that engine is not Docker's; its containers are not completed");
        } else if (auto* listed = std::get_if<Conversation::Listed>(&event)) {
            const bool last = !listed->listing.more;
            if (c.is_docker)
                counters_.missed += completer_.listed(std::move(listed->listing.containers), last);
            begin_asking(c, last);
        } else if (auto* create = std::get_if<Conversation::Create>(&event)) {
            take(connection, create->token, std::move(create->container));
        } else {
            ++counters_.of(Passed::bad_message);
            log::warn(
                "a container comes without the agent's additions: the engine's message about it "
                "could not be read");
        }
    }
}

void Link::begin_asking(Connection& connection, bool last) {
    if (!last || connection.why)
        return;
    counters_.state = LinkState::registered;
    ++counters_.registered;
    trouble_.clear();
    told_absent_ = false;
}

void Link::take(const Held& connection, std::uint32_t token, Container container) {
    if (!connection->is_docker)
        return pass(*connection, token, Passed::not_docker);
    if (connection->under_way >= settings_.completions)
        return pass(*connection, token, Passed::late);
    ++connection->under_way;
    tasks_.spawn("complete a create", give(connection, token, std::move(container)));
}

/// The engine is answered in time, whatever becomes of the completion.
Async<void> Link::give(Held connection, std::uint32_t token, Container container) {
    const auto begun = steady_clock::now();
    const auto id = container.id.substr(0, short_id);
    const auto outcome = std::make_shared<Outcome>(loop_);
    tasks_.spawn("ask for a create", ask(std::move(container), outcome));
    if (!outcome->completed)
        co_await outcome->came.wait_for(settings_.completion_time);
    --connection->under_way;
    outcome->dropped = !outcome->completed;
    auto reason = Passed::late;
    auto* given = outcome->completed ? std::get_if<Adjusted>(&*outcome->completed) : nullptr;
    if (outcome->completed && given == nullptr)
        reason = std::get<Passed>(*outcome->completed);
    const bool is_wanted = !connection->why;
    if (given != nullptr && is_wanted) {
        connection->conversation.answer(token, given->adjustment);
        send(*connection);
        ++counters_.completed;
    } else {
        if (given != nullptr)
            completer_.withdraw(given->ticket);
        pass(*connection, token, reason);
    }
    const auto time =
        std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - begun);
    const bool is_given = given != nullptr && is_wanted;
    log::info("create through NRI", {{"container", id},
                                     {"outcome", is_given ? "completed" : to_string(reason)},
                                     {"us", std::int64_t{time.count()}}});
}

Async<void> Link::ask(Container container, std::shared_ptr<Outcome> outcome) {
    auto completed = co_await completer_.complete(std::move(container));
    if (!outcome->dropped) {
        outcome->completed.emplace(std::move(completed));
        outcome->came.notify_all();
    } else if (const auto* unwanted = std::get_if<Adjusted>(&completed)) {
        completer_.withdraw(unwanted->ticket);
    }
}

/// The container comes as it was asked for.
void Link::pass(Connection& connection, std::uint32_t token, Passed reason) {
    ++counters_.of(reason);
    if (connection.why)
        return;
    connection.conversation.answer(token, {});
    send(connection);
}

/// An engine that does not take a few kilobytes at once does not read: it is another's turn then.
void Link::send(Connection& connection) {
    if (connection.why)
        return;
    const auto bytes = connection.conversation.take_output();
    const auto sent = connection.stream.send(bytes);
    if (!sent)
        end(connection, Error(Errc::unavailable, "the engine has closed the connection"));
    else if (*sent < bytes.size())
        end(connection, Error(Errc::unavailable, "the engine does not read what it is answered"));
}

/// Whoever serves it leaves, and closes it.
void Link::end(Connection& connection, Error why) {
    if (connection.why)
        return;
    connection.why = std::move(why);
    connection.stirred.notify_all();
    connection.stream.wake_up();
}

void Link::reload() {
    if (connection_) {
        again_at_once_ = true;
        end(*connection_, Error(Errc::unavailable, "the engine has read its configuration anew"));
    }
    wake_.notify_all();
}

void Link::look_again() {
    if (connection_)
        connection_->stirred.notify_all();
    wake_.notify_all();
}

std::string Link::trouble() const {
    return counters_.state == LinkState::connecting ? trouble_ : std::string();
}

void Link::tell_absent() {
    counters_.state = LinkState::absent;
    trouble_.clear();
    if (!std::exchange(told_absent_, true))
        log::info("the engine has no NRI socket there; it is waited for",
                  {{"socket", settings_.socket_path}});
}

void Link::tell_loss(const Error& why) {
    trouble_ = why.what();
    const auto now = steady_clock::now();
    const bool is_told = told_loss_ == why.what() && now - loss_told_ < loss_pause;
    if (is_told) {
        log::debug("the engine does not ask about containers any more", {log::why(why)});
        return;
    }
    told_loss_ = why.what();
    loss_told_ = now;
    log::warn("the engine does not ask the agent about containers, which come without additions; "
              "the agent "
              "registers anew",
              {{"socket", settings_.socket_path}, log::why(why)});
}

Async<void> Link::stop() {
    stopped_ = true;
    if (connection_)
        end(*connection_, Error(Errc::cancelled, "the agent ends"));
    wake_.notify_all();
    tasks_.cancel();
    co_await tasks_.wait(std::chrono::seconds(1));
}

} // namespace agent::doors::nri
