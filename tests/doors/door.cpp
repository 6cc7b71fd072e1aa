#include "doors/door.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <unistd.h>

#include <chrono>
#include <future>

namespace doors_test {

namespace proxy = agent::doors::proxy;
namespace sockets = agent::doors::sockets;

std::vector<CreateRequest> ScriptedCompleter::asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
}

base::Async<Completed> ScriptedCompleter::complete(CreateRequest request) {
    {
        const std::lock_guard lock(mutex_);
        asked_.push_back(request);
    }
    if (answer_)
        co_return co_await answer_(std::move(request));
    co_return NewBody{completed(request.body), "ticket-" + request.name};
}

std::vector<std::string> ScriptedCompleter::told() const {
    const std::lock_guard lock(mutex_);
    return told_;
}

base::Async<void> ScriptedCompleter::answered(std::string ticket, int status) {
    {
        const std::lock_guard lock(mutex_);
        told_.push_back(ticket + ' ' + std::to_string(status));
    }
    if (when_told_) {
        auto waiting = when_told_();
        co_await std::move(waiting);
    }
}

std::string completed(std::string_view body) {
    return std::string(body.substr(0, body.rfind('}'))) + R"(,"Env":["ECS=1"]})";
}

Door::Door(const Limits& limits) : engine_(std::in_place, engine_path()) {
    proxy::Settings settings;
    settings.engine_path = engine_path();
    settings.limits = limits;
    const sockets::Place place{path(), "docker", engine_path()};
    auto listener = sockets::open_listener(place, {}, ::getpid());
    proxy_.emplace(loop_.get_executor(), settings, completer);
    proxy_->listen(std::move(listener).value()).value();
    thread_ = std::thread([this] {
        const auto guard = boost::asio::make_work_guard(loop_);
        loop_.run();
    });
}

Door::~Door() {
    stop();
    loop_.stop();
    thread_.join();
}

void Door::stop() {
    boost::asio::co_spawn(loop_, proxy_->stop(std::chrono::milliseconds(100)),
                          boost::asio::use_future)
        .get();
}

void Door::take_engine_away() {
    engine_.reset();
}

Counters Door::counters() {
    std::promise<Counters> counters;
    boost::asio::post(loop_, [&] { counters.set_value(proxy_->counters()); });
    return counters.get_future().get();
}

bool Door::wait_until(const std::function<bool(const Counters&)>& so) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (std::chrono::steady_clock::now() < end) {
        if (so(counters()))
            return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return false;
}

std::string request(std::string_view line, std::string_view body, std::string_view fields) {
    return std::string(line) + " HTTP/1.1\r\nHost: docker\r\n" + std::string(fields) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

std::string response(int status, std::string_view body) {
    return "HTTP/1.1 " + std::to_string(status) +
           " Scripted\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
}

} // namespace doors_test
