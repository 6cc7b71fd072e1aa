#pragma once
// A server on its own loop thread whose application says back what it is asked.

#include "base/log.hpp"
#include "handlers/http/server.hpp"
#include "raw_client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

namespace handlers_test {

namespace asio = boost::asio;
using namespace handlers::http;
using namespace std::chrono_literals;

inline constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
inline constexpr std::size_t big = 24 * 1024 * 1024; // more than the kernel's buffers take

/// Says back what it was asked; /slow takes 300 ms, /held until it is let go, /throw throws, /big is
/// big.
class Echo : public Application {
public:
    base::Async<Response> answer(Request& request) override {
        const auto& path = request.target.path;
        if (path == "/slow")
            co_await base::sleep_for(300ms);
        if (path == "/held") {
            const auto stop = co_await base::stop_token();
            has_held = true;
            for (bool goes_on = true; goes_on && is_holding && !stop.requested();)
                goes_on = co_await base::sleep_for(1ms);
        }
        if (path == "/throw")
            throw std::runtime_error("a bug");
        if (path == "/big")
            co_return Response(200, "text/plain", std::string(big, 'x'));
        co_return Response(200, "text/plain", request.method + " " + path + " " + request.body);
    }
    Response failure() const override { return {500, "text/plain", std::string("failed")}; }
    std::string loggable_path(const Target& target) const override {
        return target.path.substr(0, 5);
    }

    std::atomic<bool> has_held = false; ///< somebody has asked for /held
    std::atomic<bool> is_holding = true;
};

/// Everybody but 127.0.0.9.
class Doorman : public PeerPolicy {
public:
    bool may_connect(std::string_view address) override { return address != "127.0.0.9"; }
};

/// A server on its own loop thread, listening on 127.0.0.1.
class HttpServerTest : public ::testing::Test {
protected:
    HttpServerTest() { base::log::set_level(base::log::Level::error); }
    ~HttpServerTest() override {
        if (server_)
            stop(1s);
        loop_.stop();
        if (thread_.joinable())
            thread_.join();
        base::log::set_sink(nullptr);
        base::log::set_level(base::log::Level::info);
    }

    void start(const Limits& limits = {}) {
        server_ = std::make_unique<Server>(loop_.get_executor(), "test", echo_, doorman_, limits);
        thread_ = std::thread([this] {
            auto work = asio::make_work_guard(loop_);
            loop_.run();
        });
        port_ = listen({"127.0.0.1", 0}).value().port;
    }

    template <class Action>
    auto on_loop(Action action) {
        return asio::post(loop_, asio::use_future(std::move(action))).get();
    }
    base::Result<SocketAddress> listen(const SocketAddress& endpoint) {
        return on_loop([&] { return server_->listen(endpoint); });
    }
    std::size_t connections() {
        return on_loop([&] { return server_->connections(); });
    }
    bool stop(std::chrono::milliseconds drain) {
        return stop(drain, [] {});
    }
    /// Does something more once the server has begun to stop.
    template <class Action>
    bool stop(std::chrono::milliseconds drain, Action meanwhile) {
        auto stopped = asio::co_spawn(loop_, server_->stop(drain), asio::use_future);
        while (!on_loop([&] { return server_->addresses().empty(); }))
            std::this_thread::sleep_for(1ms);
        meanwhile();
        const bool in_time = stopped.get();
        on_loop([&] { server_.reset(); });
        return in_time;
    }
    template <class Predicate>
    static bool eventually(Predicate is_so) {
        for (int i = 0; i < 500; ++i, std::this_thread::sleep_for(10ms))
            if (is_so())
                return true;
        return false;
    }
    bool settles_at(std::size_t count) {
        return eventually([&] { return connections() == count; });
    }
    RawClient connect(const char* source = "127.0.0.1") { return RawClient(port_, source); }
    /// The whole of what is said to `bytes` until the server ends the connection.
    std::string conversation(std::string_view bytes) {
        auto client = connect();
        client.send(bytes);
        return client.read_all();
    }

    Echo echo_;
    Doorman doorman_;
    asio::io_context loop_{1};
    std::unique_ptr<Server> server_;
    std::thread thread_;
    std::uint16_t port_ = 0;
};

/// "HTTP/1.1 200 OK"
inline std::string status_of(std::string_view answer) {
    return std::string(answer.substr(0, answer.find("\r\n")));
}

} // namespace handlers_test
