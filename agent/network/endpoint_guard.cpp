#include "agent/network/endpoint_guard.hpp"

#include "agent/network/veth.hpp"
#include "base/log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>

namespace agent::network {

namespace asio = boost::asio;
namespace log = base::log;
using base::Async;
using base::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr auto token = asio::as_tuple(asio::use_awaitable);
/// Changes come in bursts: one look serves them all.
constexpr auto quiet_time = milliseconds(50);
constexpr auto slow_look = seconds(30);
constexpr auto retry_pause = seconds(5);

void report(std::string& trouble, const Result<>& outcome, std::string_view what) {
    const auto now = outcome ? std::string() : outcome.error().what();
    if (now != trouble) {
        if (!outcome)
            log::error("cannot mend the way to the endpoint",
                       {{"part", what}, log::why(outcome.error())});
        else
            log::info("the way to the endpoint is right again", {{"part", what}});
    }
    trouble = now;
}

} // namespace

/// The watcher's sockets on the loop; they stay the watcher's.
struct EndpointGuard::Descriptors {
    Descriptors(const base::Executor& loop, const std::array<int, 2>& numbers)
        : sockets{asio::posix::stream_descriptor(loop, numbers[0]),
                  asio::posix::stream_descriptor(loop, numbers[1])} {}
    ~Descriptors() {
        for (auto& socket : sockets)
            socket.release();
    }
    std::array<asio::posix::stream_descriptor, 2> sockets;
};

EndpointGuard::EndpointGuard(base::Executor loop, base::WorkerPool& workers, GuardSettings settings)
    : workers_(workers), settings_(std::move(settings)), listeners_(loop), hint_(loop) {}

EndpointGuard::~EndpointGuard() = default;

Async<Result<>> EndpointGuard::ensure() {
    const auto bridge = co_await ensure_bridge();
    report(bridge_trouble_, bridge, "bridge");
    const auto table = co_await ensure_table();
    report(table_trouble_, table, "nftables table");
    CO_TRY(bridge);
    co_return table;
}

Async<Result<>> EndpointGuard::ensure_bridge() {
    auto mend = [settings = settings_.bridge]() -> Result<bool> {
        TRY(const bool right, network::bridge_is_right(settings));
        bool mended = false;
        if (!right) {
            TRY(mended, network::ensure_bridge(settings));
        }
        TRY(const auto ports, network::repair_ports(settings.name));
        return mended || ports > 0;
    };
    CO_TRY(const bool mended, co_await base::offload(workers_, std::move(mend)));
    if (mended)
        log::info("bridge made or mended", {{"bridge", settings_.bridge.name}});
    co_return Result<>();
}

Async<Result<>> EndpointGuard::ensure_table() {
    auto mend = [settings = settings_.table]() -> Result<bool> {
        TRY(const bool right, network::nft_table_is_right(settings));
        if (right)
            return false;
        TRY(network::load_nft_table(settings));
        return true;
    };
    CO_TRY(const bool mended, co_await base::offload(workers_, std::move(mend)));
    if (mended)
        log::info("nftables table made or mended");
    co_return Result<>();
}

Async<void> EndpointGuard::run() {
    const auto stop = co_await base::stop_token();
    while (!stop.requested()) {
        const auto executor = co_await asio::this_coro::executor;
        auto watcher = network::Watcher::open({settings_.bridge.name, settings_.bridge.endpoint});
        if (!watcher) {
            log::error("cannot watch the network; looking every 5 s", {log::why(watcher.error())});
            co_await ensure();
            co_await base::sleep_for(retry_pause);
            continue;
        }
        watcher_.emplace(std::move(*watcher));
        descriptors_ = std::make_unique<Descriptors>(executor, watcher_->descriptors());
        watching_failed_ = false;
        listeners_.spawn("rtnetlink", listen(0));
        listeners_.spawn("nfnetlink", listen(1));
        while (!watching_failed_) {
            if (stop.requested())
                break;
            // What changed between two looks is hinted already and not waited for.
            co_await ensure();
            const bool trouble = !bridge_trouble_.empty() || !table_trouble_.empty();
            if (!hinted_)
                co_await hint_.wait_for(trouble ? retry_pause : slow_look);
            co_await base::sleep_for(quiet_time);
            hinted_ = false;
        }
        listeners_.cancel();
        co_await listeners_.wait(seconds(5));
        descriptors_.reset();
        watcher_.reset();
    }
}

Async<void> EndpointGuard::listen(std::size_t which) {
    const auto stop = co_await base::stop_token();
    while (!stop.requested()) {
        const auto [failure] = co_await descriptors_->sockets[which].async_wait(
            asio::posix::descriptor_base::wait_read, token);
        if (failure)
            co_return;
        const auto changes = watcher_->drain();
        if (!changes)
            watching_failed_ = true;
        if (!changes || changes->any()) {
            hinted_ = true;
            hint_.notify_all();
        }
        if (!changes)
            co_return;
    }
}

} // namespace agent::network
