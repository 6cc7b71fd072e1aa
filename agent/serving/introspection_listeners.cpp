#include "agent/serving/introspection_listeners.hpp"

#include "base/log.hpp"

namespace agent::serving {

namespace log = base::log;

IntrospectionListeners::IntrospectionListeners(handlers::http::Server& server,
                                               observer::ContainerNetworks& networks,
                                               std::uint16_t port)
    : server_(server), networks_(networks), port_(port) {
    networks_.on_change([this] { follow(); });
    follow();
}

base::Async<void> IntrospectionListeners::run() {
    const auto stop = co_await base::stop_token();
    while (!stop.requested()) {
        const bool is_time = co_await base::sleep_for(std::chrono::seconds(1));
        if (is_time && !failures_.empty())
            follow();
    }
}

void IntrospectionListeners::follow() {
    std::set<std::string> wanted;
    for (const auto& gateway : networks_.gateways())
        wanted.insert(gateway.to_string());
    for (const auto& address : wanted)
        if (!listening_.contains(address))
            listen(address);
    std::erase_if(failures_, [&](const auto& failure) { return !wanted.contains(failure.first); });
    std::erase_if(listening_, [&](const std::string& address) {
        if (wanted.contains(address))
            return false;
        server_.stop_listening({address, port_});
        return true;
    });
}

void IntrospectionListeners::listen(const std::string& address) {
    const auto bound = server_.listen({address, port_});
    if (bound) {
        listening_.insert(address);
        failures_.erase(address);
        log::debug("introspection listens", {{"address", address}});
        return;
    }
    auto& told = failures_[address];
    // The host may not have it yet.
    const bool is_new = told != bound.error().what();
    if (is_new && bound.error().code() != base::Errc::unavailable)
        log::warn("introspection cannot listen on a container bridge, trying again",
                  {{"address", address}, log::why(bound.error())});
    told = bound.error().what();
}

} // namespace agent::serving
