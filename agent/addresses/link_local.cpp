#include "agent/addresses/link_local.hpp"

#include "base/log.hpp"

namespace agent::addresses {

using base::Async;
using base::Result;

LinkLocal::LinkLocal(state::Disk& disk, base::WorkerPool& workers, ipam::LeaseTable& leases,
                     LinkLocalSettings settings)
    : disk_(disk), workers_(workers), leases_(leases), settings_(std::move(settings)) {}

Async<Result<std::string>> LinkLocal::connect(std::string owner, std::string sandbox_key,
                                              InstanceMetadata instance_metadata) {
    auto lease_address = [&leases = leases_, owner] { return leases.assign(owner); };
    CO_TRY(const auto lease, co_await disk_.run(std::move(lease_address)));
    network::AttachRequest request;
    request.owner = owner;
    request.sandbox_key = std::move(sandbox_key);
    request.address = lease.address;
    request.gateway = leases_.pool().gateway();
    request.endpoint = settings_.endpoint;
    request.bridge = settings_.bridge;
    request.block_instance_metadata = instance_metadata == InstanceMetadata::blocked;
    auto attach = [request] { return network::attach(request); };
    const auto attached = co_await base::offload(workers_, std::move(attach));
    if (!attached)
        co_return attached.error() + ("connect " + lease.address.to_string());
    co_return lease.address.to_string();
}

Async<std::optional<std::string>> LinkLocal::leased(std::string owner) {
    auto find = [&leases = leases_, owner] { return leases.find(owner); };
    const auto lease = co_await disk_.look(std::move(find));
    if (!lease)
        co_return std::nullopt;
    co_return lease->address.to_string();
}

Async<Result<>> LinkLocal::release(std::string owner) {
    auto find = [&leases = leases_, owner] { return leases.find(owner); };
    const auto lease = co_await disk_.look(std::move(find));
    if (!lease)
        co_return Result<>();
    auto detach = [owner, address = lease->address, bridge = settings_.bridge] {
        return network::detach(owner, address, bridge);
    };
    const auto detached = co_await base::offload(workers_, std::move(detach));
    if (!detached)
        co_return detached.error() + ("disconnect " + lease->address.to_string());
    auto release = [&leases = leases_, owner] { return leases.release(owner); };
    CO_TRY(co_await disk_.run(std::move(release)));
    co_return Result<>();
}

Async<Result<>> LinkLocal::reconcile(std::set<std::string> owners) {
    auto list = [] { return network::list_attachments(); };
    CO_TRY(const auto attachments, co_await base::offload(workers_, std::move(list)));
    for (const auto& attachment : attachments) {
        if (owners.contains(attachment.owner) && attachment.address) {
            auto take_back = [&leases = leases_, attachment]() -> Result<ipam::Lease> {
                if (auto known = leases.find(attachment.owner))
                    return *known;
                return leases.assign(attachment.owner, *attachment.address);
            };
            const auto lease = co_await disk_.run(std::move(take_back));
            if (lease && lease->address == *attachment.address)
                continue;
            base::log::warn(
                "a connected address is not its owner's; disconnecting it",
                {{"owner", attachment.owner}, {"address", attachment.address->to_string()}});
        }
        auto remove = [name = attachment.interface] { return network::remove_attachment(name); };
        const auto removed = co_await base::offload(workers_, std::move(remove));
        if (!removed) {
            base::log::warn("cannot remove a veth that nobody owns, ignoring",
                            {{"interface", attachment.interface}, base::log::why(removed.error())});
            continue;
        }
        base::log::info("removed a veth that nobody owns",
                        {{"interface", attachment.interface}, {"owner", attachment.owner}});
    }
    auto collect = [&leases = leases_, owners] { return leases.release_except(owners); };
    CO_TRY(const auto freed, co_await disk_.run(std::move(collect)));
    for (const auto& lease : freed)
        base::log::info("freed a lease that nobody owns",
                        {{"owner", lease.owner}, {"address", lease.address.to_string()}});
    auto repair = [bridge = settings_.bridge] { return network::repair_ports(bridge); };
    CO_TRY(co_await base::offload(workers_, std::move(repair)));
    co_return Result<>();
}

} // namespace agent::addresses
