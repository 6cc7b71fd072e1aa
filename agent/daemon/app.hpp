#pragma once
// The running daemon: all that lives as long as it does, made by the steps (steps.hpp) in order and
// destroyed in reverse. Loop thread.

#include "agent/config/load.hpp"
#include "agent/credentials/broker.hpp"
#include "agent/daemon/pools.hpp"
#include "agent/docker/client.hpp"
#include "agent/host/host_reader.hpp"
#include "agent/host/loop_watchdog.hpp"
#include "agent/host/service_notifier.hpp"
#include "agent/network/endpoint_guard.hpp"
#include "agent/observer/observer.hpp"
#include "agent/serving/audit_log_file.hpp"
#include "agent/serving/callers.hpp"
#include "agent/serving/health.hpp"
#include "agent/serving/introspection_listeners.hpp"
#include "agent/state/disk.hpp"
#include "agent/state/store.hpp"
#include "agent/stats/sampler.hpp"
#include "agent/tasks/supervisor.hpp"
#include "base/async.hpp"
#include "base/fd.hpp"
#include "handlers/http/server.hpp"
#include "handlers/introspection/introspection_api.hpp"
#include "handlers/task_api.hpp"
#include "ipam/allocator.hpp"
#include "model/world.hpp"

#include <memory>
#include <optional>

namespace agent::daemon {

struct App {
    App(base::Executor executor, config::Loaded configuration)
        : loop(executor), loaded(std::move(configuration)), tasks(executor), progress(executor) {}

    base::Executor loop;
    config::Loaded loaded;
    state::Disk disk; ///< leases and stored tasks
    Pools pools;

    base::Fd lock;
    std::optional<state::Store> store;
    std::optional<ipam::LeaseTable> leases;
    std::optional<model::World> world;
    std::optional<observer::ContainerNetworks> networks;
    std::unique_ptr<docker::Client> docker;
    std::optional<observer::Observer> observer;
    std::optional<host::HostReader> host_reader;
    std::optional<stats::Sampler> sampler;
    std::optional<network::EndpointGuard> guard;
    std::optional<addresses::LinkLocal> link_local;
    std::optional<containers::MetadataFiles> metadata_files;
    std::optional<containers::ImageProbe> image_probe;
    std::optional<image::RegistryCredentials> registry_credentials;
    std::optional<image::ImagePuller> image_puller;
    std::optional<base::Slots> start_slots;
    std::optional<base::Slots> pause_turn;
    std::optional<tasks::Supervisor> engine;
    serving::Health health;
    std::optional<serving::Callers> callers;
    std::optional<credentials::Broker> broker;
    std::unique_ptr<handlers::AuditLog> audit_log;
    std::string endpoint_trouble; ///< why the bridge's address is not listened on; "" when it is
    serving::AnyPeer any_peer;
    std::optional<handlers::TaskApi> task_api;
    std::optional<handlers::introspection::IntrospectionApi> introspection_api;
    std::optional<handlers::http::Server> endpoint_server;
    std::optional<handlers::http::Server> introspection_server;
    std::optional<serving::IntrospectionListeners> introspection_listeners;
    std::optional<host::LoopWatchdog> watchdog;
    std::optional<host::ServiceNotifier> notifier; ///< when a service manager wants to know

    base::TaskGroup tasks;   ///< what runs for the daemon's life
    base::Notifier progress; ///< tells that `restored` is set
    bool restored = false;   ///< tasks of an earlier run are in the World
};

} // namespace agent::daemon
