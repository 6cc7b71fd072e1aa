#include "doors/nri/engine.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <stdexcept>

namespace doors_test {

void ScriptedGiver::note(std::string what) {
    const std::lock_guard lock(mutex_);
    heard_.push_back(std::move(what));
}

std::vector<std::string> ScriptedGiver::heard() const {
    const std::lock_guard lock(mutex_);
    return heard_;
}

bool ScriptedGiver::has_heard(const std::string& what) const {
    const auto all = heard();
    return std::ranges::find(all, what) != all.end();
}

base::Async<nri::Completed> ScriptedGiver::complete(nri::Container container) {
    note("ask " + container.name);
    if (answer_)
        co_return co_await answer_(std::move(container));
    nri::Adjusted given;
    given.ticket = container.name;
    given.adjustment.variables.emplace_back("A", container.name);
    co_return std::move(given);
}

void ScriptedGiver::withdraw(const std::string& ticket) {
    note("withdraw " + ticket);
}

std::size_t ScriptedGiver::listed(std::vector<nri::Container> containers, bool last) {
    note("listed " + std::to_string(containers.size()) + (last ? "" : " of more"));
    return containers.size();
}

LinkedAgent::LinkedAgent(std::function<void(nri::Settings&)> change) {
    nri::Settings settings;
    settings.socket_path = path();
    settings.first_pause = std::chrono::milliseconds(5);
    settings.longest_pause = std::chrono::milliseconds(20);
    settings.absent_pause = std::chrono::milliseconds(5);
    settings.look_pause = std::chrono::milliseconds(20);
    if (change)
        change(settings);
    link_.emplace(loop_.get_executor(), files_, settings, giver);
    tasks_.emplace(loop_.get_executor());
    tasks_->spawn("link", link_->run());
    thread_ = std::thread([this] {
        const auto guard = boost::asio::make_work_guard(loop_);
        loop_.run();
    });
}

LinkedAgent::~LinkedAgent() {
    stop();
    boost::asio::co_spawn(loop_, tasks_->wait(std::chrono::seconds(5)), boost::asio::use_future)
        .get();
    loop_.stop();
    thread_.join();
}

void LinkedAgent::stop() {
    boost::asio::co_spawn(loop_, link_->stop(), boost::asio::use_future).get();
}

void LinkedAgent::on_loop(const std::function<void()>& what) {
    std::promise<void> done;
    boost::asio::post(loop_, [&] {
        what();
        done.set_value();
    });
    done.get_future().get();
}

void LinkedAgent::reload() {
    on_loop([this] { link_->reload(); });
}

void LinkedAgent::look_again() {
    on_loop([this] { link_->look_again(); });
}

nri::Counters LinkedAgent::counters() {
    nri::Counters counters;
    on_loop([&] { counters = link_->counters(); });
    return counters;
}

std::string LinkedAgent::trouble() {
    std::string trouble;
    on_loop([&] { trouble = link_->trouble(); });
    return trouble;
}

bool LinkedAgent::wait_until(const std::function<bool(const nri::Counters&)>& so) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (std::chrono::steady_clock::now() < end) {
        if (so(counters()))
            return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return false;
}

void LinkedAgent::take_engine_away() {
    engine_.reset();
    ::unlink(path().c_str());
}

Peer LinkedAgent::registered(std::string_view kind) {
    auto peer = engine_->accept();
    const auto registration = recorded("00-out-RegisterPlugin");
    if (peer.receive(registration.size()) != registration)
        throw std::runtime_error("the agent does not register");
    peer.send(recorded("01-in-response") + configure(1, kind));
    if (!next_frame(peer))
        throw std::runtime_error("the agent does not answer Configure");
    peer.send(synchronize(3, {named_container("/before")}));
    if (!next_frame(peer))
        throw std::runtime_error("the agent does not answer Synchronize");
    return peer;
}

std::optional<nri::Frame> next_frame(Peer& peer) {
    auto bytes = peer.receive(8);
    if (bytes.size() < 8)
        return std::nullopt;
    const auto size =
        static_cast<unsigned char>(bytes[6]) * 256U + static_cast<unsigned char>(bytes[7]);
    bytes += peer.receive(size);
    return frames_of(bytes).at(0);
}

} // namespace doors_test
