// What the parts of an answer from memory cost, one by one: nothing here reads a socket or writes a
// log. `./dev bench` runs it after the daemon as a whole.

#include "handlers/http/request_parser.hpp"
#include "handlers/http/route.hpp"
#include "handlers/rate_limiter.hpp"
#include "handlers/request_budgets.hpp"
#include "handlers/task_api.hpp"
#include "handlers/v4/metadata.hpp"
#include "tests/handlers/support.hpp"

#include <benchmark/benchmark.h>

#include <cstring>
#include <string_view>
#include <vector>

namespace {

using namespace handlers;

constexpr std::string_view request_bytes =
    "GET /v4/3f6a5d0e-6c0d-4b5f-9d0e-1c2b3a4d5e6f/task HTTP/1.1\r\n"
    "Host: 169.254.170.2\r\nUser-Agent: aws-sdk-go/1.44 (go1.21; linux; amd64)\r\n"
    "Accept: */*\r\nAccept-Encoding: gzip\r\n\r\n";

void feed(http::RequestParser& parser) {
    parser.begin();
    const auto room = parser.prepare();
    std::memcpy(room.data(), request_bytes.data(), request_bytes.size());
    parser.commit(request_bytes.size());
    benchmark::DoNotOptimize(parser.next());
}

void parse_a_request(benchmark::State& state) {
    http::RequestParser parser(16 * 1024, 64 * 1024);
    for (auto _ : state)
        feed(parser);
}
BENCHMARK(parse_a_request);

/// All rows, with handlers that are never called.
std::vector<http::Route<int>> all_routes() {
    std::vector<http::Route<int>> table;
    for (const auto& [method, pattern] : TaskApi::routes())
        table.emplace_back(
            method, pattern, +[](const http::Request&, int&) { return http::Response(); });
    return table;
}

void match_a_route(benchmark::State& state) {
    const auto table = all_routes();
    http::RequestParser parser(16 * 1024, 64 * 1024);
    feed(parser);
    for (auto _ : state)
        benchmark::DoNotOptimize(http::find_route(table, parser.request()));
}
BENCHMARK(match_a_route);

void take_from_a_limit(benchmark::State& state) {
    RateLimiter limiter;
    const RateLimit limit{1e9, 1e9};
    for (auto _ : state)
        benchmark::DoNotOptimize(limiter.take("169.254.172.2", 1,
                                              "3f6a5d0e-6c0d-4b5f-9d0e-1c2b3a4d5e6f", limit,
                                              RateLimiter::Clock::now()));
}
BENCHMARK(take_from_a_limit);

void compose_a_head(benchmark::State& state) {
    const auto body = std::make_shared<const std::string>(1243, 'x');
    http::Request request;
    request.peer = {"169.254.172.2", 54321};
    const auto date = http::http_date(1'767'323'045);
    http::HeadOptions options;
    options.date = date;
    std::string head;
    for (auto _ : state) {
        auto response = http::json(body);
        RequestBudgets::tell(response, request, RateLimit{40, 60});
        head.clear();
        http::append_head(head, response, options);
        benchmark::DoNotOptimize(head.data());
    }
}
BENCHMARK(compose_a_head);

void render_a_container(benchmark::State& state) {
    model::World world(handlers_test::example_instance());
    const auto task = handlers_test::example_task();
    for (auto _ : state)
        benchmark::DoNotOptimize(
            v4::dialect.container.function(world, task, &task.containers.front()));
}
BENCHMARK(render_a_container);

void render_a_task(benchmark::State& state) {
    model::World world(handlers_test::example_instance());
    const auto task = handlers_test::example_task();
    for (auto _ : state)
        benchmark::DoNotOptimize(v4::dialect.task.function(world, task, nullptr));
}
BENCHMARK(render_a_task);

} // namespace
