#pragma once
// Role: keeps the way to 169.254.170.2 open: bridge, address, routes, ports and the nftables table
//   are watched through the kernel's notifications and mended when somebody removes them.
// Threading: loop thread; looking and mending are done on `workers`.
// Failure: what cannot be mended is logged once, shown in the health, and tried again every 5 s.

#include "agent/network/bridge.hpp"
#include "agent/network/nft_table.hpp"
#include "agent/network/watcher.hpp"
#include "base/async.hpp"
#include "base/error.hpp"

#include <optional>
#include <string>

namespace agent::network {

struct GuardSettings {
    network::BridgeSettings bridge;
    network::NftTableSettings table;
};

class EndpointGuard {
public:
    EndpointGuard(base::Executor loop, base::WorkerPool& workers, GuardSettings settings);
    ~EndpointGuard();

    /// Makes or mends everything now. The first thing that failed.
    base::Async<base::Result<>> ensure();

    /// Watches until cancelled. Needs ensure() to have succeeded once.
    base::Async<void> run();

    /// Why the bridge or the table is not right now; "" when it is.
    const std::string& bridge_trouble() const { return bridge_trouble_; }
    const std::string& table_trouble() const { return table_trouble_; }

private:
    struct Descriptors;

    base::Async<base::Result<>> ensure_bridge();
    base::Async<base::Result<>> ensure_table();
    base::Async<void> listen(std::size_t which);

    base::WorkerPool& workers_;
    GuardSettings settings_;
    base::TaskGroup listeners_;
    base::Notifier hint_;
    std::optional<network::Watcher> watcher_;
    std::unique_ptr<Descriptors> descriptors_;
    bool hinted_ = false;
    bool watching_failed_ = false;
    std::string bridge_trouble_;
    std::string table_trouble_;
};

} // namespace agent::network
