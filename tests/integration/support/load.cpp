#include "tests/integration/support/load.hpp"

#include "tests/integration/support/http_get.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <deque>
#include <future>
#include <stdexcept>

namespace integration {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

namespace {

constexpr auto tick_length = milliseconds(10);
constexpr const char* endpoint_address = "169.254.170.2";
constexpr std::uint16_t endpoint_outside_port = 80;

sockaddr_in place(const std::string& address, std::uint16_t port) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    inet_pton(AF_INET, address.c_str(), &where.sin_addr);
    return where;
}

base::Fd begin_to_connect(const std::string& source) {
    base::Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket)
        throw std::runtime_error("no more sockets for the test");
    if (!source.empty()) {
        const auto from = place(source, 0);
        ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from);
    }
    const auto to = place(endpoint_address, endpoint_outside_port);
    ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
    return socket;
}

bool has_peer(const base::Fd& socket) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    return ::getpeername(socket.get(), reinterpret_cast<sockaddr*>(&peer), &size) == 0;
}

} // namespace

void enter_network(const std::string& sandbox) {
    const base::Fd space(::open(sandbox.c_str(), O_RDONLY | O_CLOEXEC));
    if (!space || ::setns(space.get(), CLONE_NEWNET) != 0)
        throw std::runtime_error("cannot enter " + sandbox);
}

struct Crowd::Member {
    base::Fd socket;
    std::string waiting; ///< to be sent
    bool connected = false;
    bool began = false;
    bool finished = false; ///< sends nothing more
    Clock::time_point next = Clock::now();
};

struct Crowd::Members {
    base::Fd poll{::epoll_create1(EPOLL_CLOEXEC)};
    std::deque<Member> all; ///< places stay where they are
    std::vector<Member*> ended;
};

Crowd::Crowd(Behaviour behaviour, std::string sandbox, std::vector<std::string> sources)
    : behaviour_(std::move(behaviour)),
      sandbox_(std::move(sandbox)),
      sources_(std::move(sources)),
      thread_([this] { run(); }) {}

Crowd::~Crowd() {
    stop_ = true;
    thread_.join();
}

void Crowd::run() {
    enter_network(sandbox_);
    Members members;
    auto next_tick = Clock::now();
    std::array<epoll_event, 256> events{};
    while (!stop_) {
        if (Clock::now() >= next_tick) {
            tick(members);
            next_tick = Clock::now() + tick_length;
        }
        const int count = ::epoll_wait(members.poll.get(), events.data(), events.size(), 5);
        for (int i = 0; i < count; ++i) {
            auto& member = *static_cast<Member*>(events[static_cast<std::size_t>(i)].data.ptr);
            if (!member.connected && has_peer(member.socket)) {
                member.connected = true;
                ++connected_;
            }
            if (!receive(member)) {
                member.socket.reset();
                members.ended.push_back(&member);
                ++ended_;
            } else {
                send(member);
            }
        }
    }
}

/// What is due by time and not because the kernel says so.
void Crowd::tick(Members& members) {
    open_some(members);
    if (behaviour_.then)
        for (auto& member : members.all)
            if (member.socket)
                send(member);
}

void Crowd::open_some(Members& members) {
    for (std::size_t i = 0; i < behaviour_.opened_a_tick; ++i) {
        Member* member = nullptr;
        if (members.all.size() < behaviour_.connections) {
            member = &members.all.emplace_back();
        } else if (!members.ended.empty() && !behaviour_.once) {
            member = members.ended.back();
            members.ended.pop_back();
            *member = Member();
        } else {
            return;
        }
        member->socket = begin_to_connect(sources_[opened_++ % sources_.size()]);
        epoll_event wanted{EPOLLOUT | EPOLLET, {member}};
        if (behaviour_.reads)
            wanted.events |= EPOLLIN | EPOLLRDHUP;
        ::epoll_ctl(members.poll.get(), EPOLL_CTL_ADD, member->socket.get(), &wanted);
    }
}

void Crowd::send(Member& member) {
    // A turn for the others after a few writes, as a busy client of its own process would have.
    for (int turn = 0; turn < 4; ++turn) {
        if (member.waiting.empty() && !member.began) {
            member.began = true;
            member.waiting = behaviour_.first;
        } else if (member.waiting.empty() && behaviour_.then && !member.finished &&
                   Clock::now() >= member.next) {
            member.waiting = behaviour_.then(counted_++);
            member.next = Clock::now() + behaviour_.pause;
        }
        if (member.waiting.empty())
            break;
        const auto count = ::send(member.socket.get(), member.waiting.data(), member.waiting.size(),
                                  MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count <= 0)
            return; // not connected yet, full, or ended: the kernel will tell
        sent_ += static_cast<std::uint64_t>(count);
        member.waiting.erase(0, static_cast<std::size_t>(count));
    }
    if (behaviour_.half_close && member.began && member.waiting.empty() && !member.finished) {
        member.finished = true;
        ::shutdown(member.socket.get(), SHUT_WR);
    }
}

bool Crowd::receive(Member& member) {
    std::array<char, 65536> bytes;
    for (;;) {
        const auto count =
            ::recv(member.socket.get(), bytes.data(), behaviour_.reads ? bytes.size() : 1,
                   MSG_DONTWAIT | (behaviour_.reads ? 0 : MSG_PEEK));
        if (count < 0)
            return errno == EAGAIN || errno == ENOTCONN;
        if (count == 0)
            return false;
        if (!behaviour_.reads)
            return true;
        received_ += static_cast<std::uint64_t>(count);
    }
}

Service ask_for(const std::string& sandbox, const std::vector<std::string>& paths,
                milliseconds pause, milliseconds how_long) {
    // The namespace is a thread's, so this one is not the caller's.
    auto asking = std::async(std::launch::async, [&] {
        enter_network(sandbox);
        Service service;
        std::vector<double> times;
        for (const auto end = Clock::now() + how_long; Clock::now() < end;) {
            const auto begun = Clock::now();
            const auto answer = http_get(endpoint_address, endpoint_outside_port,
                                         paths[service.asked++ % paths.size()]);
            const std::chrono::duration<double, std::milli> took = Clock::now() - begun;
            times.push_back(took.count());
            service.failed += answer.status == 200 ? 0 : 1;
            std::this_thread::sleep_until(begun + pause);
        }
        std::sort(times.begin(), times.end());
        service.median_ms = times[times.size() / 2];
        service.p99_ms = times[(times.size() * 99 + 99) / 100 - 1];
        service.most_ms = times.back();
        return service;
    });
    return asking.get();
}

} // namespace integration
