// A Docker Engine that has as many running containers as it is told, and does nothing with them: the
// daemon under measurement observes them over its socket as it would Docker's. Containers come in
// pairs, the second of each in the first one's network namespace, so that two make a task.
//
//   ecs_bench_engine SOCKET CONTAINERS PID
//
// The first container has the address 127.0.0.1, which the load comes from, and the process PID: its
// cgroup and interfaces are what stats are read from. Ends with a signal.
//
// Threading: one a connection; nothing is shared but the count.

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Json = nlohmann::json;
using Socket = asio::local::stream_protocol::socket;

struct Engine {
    unsigned containers = 0;
    int process = 0; ///< of the first container
};

/// As long as Docker's; the first eight digits are the number.
std::string id_of(unsigned index) {
    std::array<char, 9> digits{};
    std::snprintf(digits.data(), digits.size(), "%08x", index + 1);
    std::string id;
    for (int i = 0; i < 8; ++i)
        id += digits.data();
    return id;
}

std::string address_of(unsigned index) {
    if (index == 0)
        return "127.0.0.1";
    return "198.18." + std::to_string(index / 200) + "." + std::to_string(2 + index % 200);
}

bool joins_another(unsigned index) {
    return index % 2 == 1;
}

std::string name_of(unsigned index) {
    return "shop-" + std::to_string(index / 2) + (joins_another(index) ? "-envoy" : "-app");
}

Json state(const Engine& engine, unsigned index) {
    return {{"Status", "running"},
            {"Running", true},
            {"Paused", false},
            {"Restarting", false},
            {"OOMKilled", false},
            {"Dead", false},
            // The others' numbers are beyond the kernel's largest: nobody's.
            {"Pid", index == 0 ? engine.process : 5'000'000 + static_cast<int>(index)},
            {"ExitCode", 0},
            {"Error", ""},
            {"StartedAt", "2026-01-02T03:04:05.678901234Z"},
            {"FinishedAt", "0001-01-01T00:00:00Z"}};
}

Json network_settings(const Engine& engine, unsigned index) {
    if (joins_another(index))
        return {{"SandboxKey", ""}, {"Ports", Json::object()}, {"Networks", Json::object()}};
    const Json bindings = {{{"HostIp", "0.0.0.0"}, {"HostPort", std::to_string(20'000 + index)}}};
    const Json network = {{"NetworkID", id_of(1'000'000)},
                          {"EndpointID", id_of(2'000'000 + index)},
                          {"Gateway", "198.18.0.1"},
                          {"IPAddress", address_of(index)},
                          {"IPPrefixLen", 16},
                          {"MacAddress", "02:42:c6:12:00:02"}};
    const auto sandbox =
        index == 0 ? "/proc/" + std::to_string(engine.process) + "/ns/net" : std::string();
    return {{"SandboxKey", sandbox},
            {"Ports", {{"80/tcp", bindings}}},
            {"Networks", {{"bench", network}}}};
}

Json inspect(const Engine& engine, unsigned index) {
    const auto mode = joins_another(index) ? "container:" + id_of(index - 1) : "bench";
    return {{"Id", id_of(index)},
            {"Name", "/" + name_of(index)},
            {"Image", "sha256:" + id_of(3'000'000)},
            {"Created", "2026-01-02T03:04:05.123456789Z"},
            {"RestartCount", 0},
            {"State", state(engine, index)},
            {"Config",
             {{"Image", "registry.example.com/shop/" + name_of(index) + ":1.27.3"},
              {"Hostname", id_of(index).substr(0, 12)},
              {"Env", {"PATH=/usr/bin:/bin", "STAGE=bench"}},
              {"Labels",
               {{"com.example.stage", "bench"},
                {"com.example.team", "checkout"},
                {"org.opencontainers.image.source", "https://example.com/shop"}}}}},
            {"HostConfig",
             {{"NetworkMode", mode},
              {"CpuShares", 256},
              {"Memory", 512 * 1024 * 1024},
              {"LogConfig", {{"Type", "json-file"}, {"Config", Json::object()}}}}},
            {"Mounts", Json::array()},
            {"NetworkSettings", network_settings(engine, index)}};
}

Json list(const Engine& engine) {
    Json containers = Json::array();
    for (unsigned index = 0; index < engine.containers; ++index)
        containers.push_back({{"Id", id_of(index)},
                              {"Names", {"/" + name_of(index)}},
                              {"State", "running"},
                              {"Created", 1'767'323'045}});
    return containers;
}

/// Which container is inspected by this path, if any.
std::optional<unsigned> inspected(const Engine& engine, std::string_view path) {
    constexpr std::string_view before = "/containers/";
    if (!path.starts_with(before))
        return std::nullopt;
    unsigned number = 0;
    const auto digits = path.substr(before.size(), 8);
    std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
    if (number == 0 || number > engine.containers ||
        path.substr(before.size()) != id_of(number - 1) + "/json")
        return std::nullopt;
    return number - 1;
}

/// "/v1.41/info?x" is "/info".
std::string_view without_version(std::string_view target) {
    target = target.substr(0, target.find('?'));
    return target.starts_with("/v1.") ? target.substr(target.find('/', 1)) : target;
}

std::optional<Json> answer_to(const Engine& engine, std::string_view target) {
    const auto path = without_version(target);
    if (path == "/_ping")
        return Json("OK");
    if (path == "/version")
        return Json{{"Version", "scripted"}, {"ApiVersion", "1.41"}, {"MinAPIVersion", "1.12"}};
    if (path == "/info")
        return Json{{"ID", "BENCH"}, {"Name", "bench"}, {"CgroupDriver", "cgroupfs"}};
    if (path == "/containers/json") // nobody has the labels that a filter asks for
        return target.find("filters=") == std::string_view::npos ? list(engine) : Json::array();
    if (path == "/networks")
        return Json::array();
    if (path == "/volumes")
        return Json{{"Volumes", Json::array()}};
    if (const auto index = inspected(engine, path))
        return inspect(engine, *index);
    return std::nullopt;
}

/// Nothing ever happens here: the stream is open until the client goes.
void stream_events(Socket& socket) {
    constexpr std::string_view head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                      "Transfer-Encoding: chunked\r\n\r\n";
    boost::system::error_code ended;
    asio::write(socket, asio::buffer(head), ended);
    std::array<char, 16> ignored{};
    while (!ended)
        socket.read_some(asio::buffer(ignored), ended);
}

void serve(const Engine& engine, Socket socket) {
    boost::beast::flat_buffer buffer;
    boost::system::error_code ended;
    while (!ended) {
        http::request<http::empty_body> request;
        http::read(socket, buffer, request, ended);
        if (ended)
            return;
        const std::string_view target(request.target().data(), request.target().size());
        if (without_version(target) == "/events")
            return stream_events(socket);
        const auto document = answer_to(engine, target);
        http::response<http::string_body> response(
            document ? http::status::ok : http::status::not_found, request.version());
        response.body() =
            document ? document->dump() : R"({"message":"this engine is only a script"})";
        response.prepare_payload();
        http::write(socket, response, ended);
    }
}

} // namespace

int main(int count, char** values) {
    const std::span<char*> arguments(values, static_cast<std::size_t>(count));
    if (arguments.size() != 4) {
        std::fprintf(stderr, "usage: ecs_bench_engine SOCKET CONTAINERS PID\n");
        return 2;
    }
    const Engine engine{static_cast<unsigned>(std::stoul(arguments[2])), std::stoi(arguments[3])};
    asio::io_context loop;
    asio::local::stream_protocol::acceptor acceptor(loop, {arguments[1]});
    for (;;) {
        auto socket = acceptor.accept();
        std::thread([&engine, held = std::move(socket)]() mutable {
            serve(engine, std::move(held));
        }).detach();
    }
}
