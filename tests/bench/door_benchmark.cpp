// What the agent's Docker socket costs: the same calls, to one engine, over its own socket and through the
// proxy, in turns. Prints a row for each as a line of JSON (docs/benchmarks.md).
//
//   ecs_bench_door [ENGINE_SOCKET DOOR_SOCKET]
//
// Without arguments the engine is a process that only answers, written as Go's server writes (chunks of 32 KiB,
// flushed one by one), and the proxy a process whose completer copies the body: what is measured is the
// proxy alone. With them it is a running agent and a real engine: rows door_ping and door_inspect.

#include "agent/doors/proxy/proxy.hpp"

#include "agent/doors/sockets/unix_address_linux.hpp"
#include "base/log.hpp"

#include <boost/asio/io_context.hpp>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

namespace proxy = agent::doors::proxy;
namespace sockets = agent::doors::sockets;
using Clock = std::chrono::steady_clock;

constexpr int rounds = 20;
constexpr int calls_a_round = 100;
constexpr int transfers = 3;
constexpr std::size_t chunks = 32768; ///< of 32 KiB: a gigabyte
const std::string chunk_data(32768, 'x');

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "ecs_bench_door: %s\n", what.c_str());
    std::exit(1);
}

// ---- sockets --------------------------------------------------------------------------------------

class Wire {
public:
    explicit Wire(base::Fd socket) : socket_(std::move(socket)) {}

    void write(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0)
                fail("a connection ended while it was written to");
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    /// False at the end.
    bool read_more() {
        const auto count = ::recv(socket_.get(), room_.data(), room_.size(), 0);
        if (count > 0)
            got.append(room_.data(), static_cast<std::size_t>(count));
        return count > 0;
    }
    /// Takes a head off; "" at the end.
    std::string head() {
        std::size_t end = 0;
        while ((end = got.find("\r\n\r\n")) == std::string::npos)
            if (!read_more())
                return {};
        auto head = got.substr(0, end + 4);
        got.erase(0, end + 4);
        return head;
    }
    void skip(std::size_t size) {
        while (got.size() < size)
            if (!read_more())
                fail("a body ended too early");
        got.erase(0, size);
    }
    void skip_chunks() {
        while (!got.ends_with("\r\n0\r\n\r\n")) {
            got.erase(0, got.size() - std::min<std::size_t>(got.size(), 8));
            if (!read_more())
                fail("chunks ended too early");
        }
        got.clear();
    }

    std::string got;

private:
    base::Fd socket_;
    std::vector<char> room_ = std::vector<char>(32768);
};

Wire connect(const std::string& path) {
    base::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto address = sockets::unix_address(path).value();
    for (int attempt = 0; attempt < 500; ++attempt) {
        if (::connect(socket.get(), address.get(), sockets::UnixAddress::size()) == 0)
            return Wire(std::move(socket));
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    fail("nobody listens at " + path);
}

std::size_t length_in(std::string_view head) {
    constexpr std::string_view name = "Content-Length: ";
    const auto at = head.find(name);
    return at == head.npos ? 0 : std::strtoull(head.data() + at + name.size(), nullptr, 10);
}

void write_chunks(Wire& wire) {
    for (std::size_t count = 0; count < chunks; ++count) {
        // As Go's bufio.Writer of 4 KiB does it.
        wire.write("8000\r\n" + chunk_data.substr(0, 4090));
        wire.write(std::string_view(chunk_data).substr(4090));
        wire.write("\r\n");
    }
    wire.write("0\r\n\r\n");
}

// ---- engine and proxy -----------------------------------------------------------------------------

void answer_calls(Wire wire) {
    const std::string document = '{' + std::string(4000, ' ') + '}';
    for (auto head = wire.head(); !head.empty(); head = wire.head()) {
        wire.skip(length_in(head));
        if (head.starts_with("GET /images/get")) {
            wire.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            write_chunks(wire);
            continue;
        }
        if (head.starts_with("POST /images/load"))
            wire.skip_chunks();
        const auto body = head.starts_with("GET /containers/") ? document : std::string("OK");
        wire.write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) +
                   "\r\n\r\n" + body);
    }
}

void run_engine(const std::string& path) {
    const base::Fd listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto address = sockets::unix_address(path).value();
    if (::bind(listening.get(), address.get(), sockets::UnixAddress::size()) != 0 ||
        ::listen(listening.get(), 64) != 0)
        fail("cannot listen at " + path);
    for (;;) {
        base::Fd socket(::accept(listening.get(), nullptr, nullptr));
        std::thread([wire = Wire(std::move(socket))]() mutable {
            answer_calls(std::move(wire));
        }).detach();
    }
}

class CopyingCompleter : public proxy::Completer {
    base::Async<proxy::Completed> complete(proxy::CreateRequest request) override {
        co_return proxy::NewBody{std::move(request.body), {}};
    }
    base::Async<void> answered(std::string, int) override { co_return; }
};

void run_proxy(const std::string& engine_path, const std::string& path) {
    base::log::set_level(base::log::Level::warn);
    proxy::Settings settings;
    settings.engine_path = engine_path;
    boost::asio::io_context loop{1};
    CopyingCompleter completer;
    proxy::Proxy door(loop.get_executor(), settings, completer);
    door.listen(sockets::open_listener({path, "root", engine_path}, {}, ::getpid()).value())
        .value();
    loop.run();
}

template <class Run>
pid_t start(Run run) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        run();
        ::_exit(0);
    }
    return child;
}

// ---- measuring ------------------------------------------------------------------------------------

double microseconds(Clock::duration time) {
    return std::chrono::duration<double, std::micro>(time).count();
}

double at(std::vector<double> values, double part) {
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

void measure_calls(Wire& wire, const std::string& request, std::vector<double>& times) {
    for (int call = 0; call < calls_a_round; ++call) {
        const auto begun = Clock::now();
        wire.write(request);
        const auto head = wire.head();
        wire.skip(length_in(head));
        times.push_back(microseconds(Clock::now() - begun));
    }
}

void print_calls(const char* name, const std::string& request, Wire& direct, Wire& door) {
    std::vector<double> direct_times;
    std::vector<double> door_times;
    for (int round = 0; round < rounds; ++round) {
        measure_calls(direct, request, direct_times);
        measure_calls(door, request, door_times);
    }
    std::printf("{\"name\":\"%s\",\"direct_p50_ms\":%.4f,\"p50_ms\":%.4f,\"added_p50_ms\":%.4f,"
                "\"direct_p99_ms\":%.4f,\"p99_ms\":%.4f,\"added_p99_ms\":%.4f}\n",
                name, at(direct_times, 0.5) / 1e3, at(door_times, 0.5) / 1e3,
                (at(door_times, 0.5) - at(direct_times, 0.5)) / 1e3, at(direct_times, 0.99) / 1e3,
                at(door_times, 0.99) / 1e3, (at(door_times, 0.99) - at(direct_times, 0.99)) / 1e3);
    std::fflush(stdout);
}

double save(Wire& wire) {
    const auto begun = Clock::now();
    wire.write("GET /images/get?names=x HTTP/1.1\r\nHost: d\r\n\r\n");
    wire.head();
    wire.skip_chunks();
    return 1024e6 / microseconds(Clock::now() - begun);
}

double load(Wire& wire) {
    const auto begun = Clock::now();
    wire.write("POST /images/load HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n");
    write_chunks(wire);
    wire.skip(length_in(wire.head()));
    return 1024e6 / microseconds(Clock::now() - begun);
}

void print_transfer(const char* name, double (*transfer)(Wire&), Wire& direct, Wire& door) {
    std::vector<double> direct_speeds;
    std::vector<double> door_speeds;
    std::vector<double> ratios;
    for (int round = 0; round < transfers; ++round) {
        direct_speeds.push_back(transfer(direct));
        door_speeds.push_back(transfer(door));
        ratios.push_back(door_speeds.back() / direct_speeds.back());
    }
    std::printf("{\"name\":\"%s\",\"direct_mb_s\":%.0f,\"mb_s\":%.0f,\"ratio\":%.3f}\n", name,
                at(direct_speeds, 0.5), at(door_speeds, 0.5), at(ratios, 0.5));
    std::fflush(stdout);
}

void measure(const std::string& engine_path, const std::string& door_path, bool scripted) {
    auto direct = connect(engine_path);
    auto door = connect(door_path);
    const std::string end = " HTTP/1.1\r\nHost: d\r\n\r\n";
    const std::string create =
        R"({"Image":"x","Env":["A=1","B=2"],"HostConfig":{"Memory":1048576}})";
    print_calls("door_ping", "GET /_ping" + end, direct, door);
    print_calls("door_inspect", scripted ? "GET /containers/x/json" + end : "GET /info" + end,
                direct, door);
    if (!scripted)
        return;
    print_calls("door_create",
                "POST /v1.44/containers/create?name=x HTTP/1.1\r\nHost: d\r\nContent-Length: " +
                    std::to_string(create.size()) + "\r\n\r\n" + create,
                direct, door);
    print_transfer("door_save", save, direct, door);
    print_transfer("door_load", load, direct, door);
}

} // namespace

int main(int count, char** values) {
    if (count == 3) {
        measure(values[1], values[2], false);
        return 0;
    }
    if (count != 1)
        fail("usage: ecs_bench_door [ENGINE_SOCKET DOOR_SOCKET]");
    std::string folder = "/tmp/ecs-bench-door-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr)
        fail("cannot make " + folder);
    const auto engine_path = folder + "/engine.sock";
    const auto door_path = folder + "/door.sock";
    const auto engine = start([&] { run_engine(engine_path); });
    const auto door = start([&] { run_proxy(engine_path, door_path); });
    measure(engine_path, door_path, true);
    for (const auto child : {engine, door}) {
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
    }
    std::filesystem::remove_all(folder);
}
