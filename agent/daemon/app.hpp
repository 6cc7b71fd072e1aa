#pragma once
// The running daemon: all that lives as long as it does, made by the stages (stages.hpp) in order and
// destroyed in reverse. Loop thread.

#include "agent/config/load.hpp"
#include "agent/credentials/broker.hpp"
#include "agent/daemon/pools.hpp"
#include "agent/docker/client.hpp"
#include "agent/doors/create_completer.hpp"
#include "agent/doors/nri/link_linux.hpp"
#include "agent/doors/nri/registrar_completer.hpp"
#include "agent/doors/own_addresses.hpp"
#include "agent/doors/proxy/proxy.hpp"
#include "agent/doors/registrar.hpp"
#include "agent/doors/volumes/server.hpp"
#include "agent/host/host_reader.hpp"
#include "agent/host/loop_watchdog.hpp"
#include "agent/host/service_notifier.hpp"
#include "agent/image/image_cleaner.hpp"
#include "agent/network/endpoint_guard.hpp"
#include "agent/observer/observer.hpp"
#include "agent/serving/audit_log_file.hpp"
#include "agent/serving/callers.hpp"
#include "agent/serving/health.hpp"
#include "agent/serving/servers.hpp"
#include "agent/state/disk.hpp"
#include "agent/state/store.hpp"
#include "agent/stats/sampler.hpp"
#include "agent/tasks/supervisor.hpp"
#include "base/async.hpp"
#include "base/fd_linux.hpp"
#include "ipam/allocator.hpp"
#include "model/world.hpp"

#include <memory>
#include <optional>

namespace agent::daemon {

/// What is stored: on one thread.
struct State {
    state::Disk disk;
    std::optional<state::Store> store;
    std::optional<ipam::LeaseTable> leases;
};

/// The engine, what is seen of it, and the images that it is asked for.
struct Docker {
    std::optional<observer::ContainerNetworks> networks;
    std::unique_ptr<docker::Client> client;
    std::optional<observer::Observer> observer;
    std::optional<image::RegistryCredentials> logins;
    std::optional<image::ImagePuller> image_puller;
    std::optional<image::ImageCleaner> image_cleaner; ///< nothing: images stay
    std::optional<containers::ImageProbe> image_probe;
};

/// The machine: its network, its readings, its service manager.
struct Host {
    std::optional<network::EndpointGuard> guard;
    std::optional<addresses::LinkLocal> link_local;
    std::optional<host::HostReader> reader;
    std::optional<stats::Sampler> sampler;
    std::optional<host::LoopWatchdog> watchdog;
    std::optional<host::ServiceNotifier> notifier; ///< when a service manager wants to know
};

/// What tasks are run by.
struct Tasks {
    std::optional<containers::MetadataFiles> metadata_files;
    std::optional<containers::Secrets> secrets;
    std::optional<base::Slots> start_slots;
    std::optional<base::Slots> pause_turn;
    std::optional<tasks::Supervisor> supervisor;
};

/// The ways by which containers come that no task definition declares.
struct Doors {
    std::optional<doors::ClusterKey> key; ///< nothing: no task of a service has a role
    std::optional<doors::Registrar> registrar;
    std::optional<doors::OwnAddresses> addresses;
    std::optional<doors::volumes::Volumes> volumes;
    std::optional<doors::volumes::Plugin> plugin;
    std::optional<doors::volumes::Server> volume_server;
    bool serves_volumes = false;
    bool seeks_driver =
        false; ///< the engine is being asked for its volumes, so that it finds the driver
    std::optional<doors::CreateCompleter> completer;
    std::optional<doors::proxy::Proxy> proxy;
    std::optional<doors::nri::ImageNames> nri_images;
    std::optional<doors::nri::RegistrarCompleter> nri_completer;
    std::optional<doors::nri::Link> nri;
};

/// Who asks, and what answers.
struct Serving {
    serving::Health health;
    std::optional<serving::Callers> callers;
    std::optional<credentials::Broker> broker;
    std::unique_ptr<handlers::AuditLog> audit_log;
    std::optional<serving::Servers> servers;
};

struct App {
    App(base::Executor executor, config::Loaded configuration)
        : loop(executor), loaded(std::move(configuration)), work(executor), progress(executor) {}

    base::Executor loop;
    config::Loaded loaded;
    Pools pools;
    base::Fd lock;
    State state;
    std::optional<model::World> world;
    Docker docker;
    Host host;
    Tasks tasks;
    Doors doors;
    Serving serving;

    base::TaskGroup work;    ///< what runs for the daemon's life
    base::Notifier progress; ///< tells that `restored` is set
    bool restored = false;   ///< tasks of an earlier run are in the World
};

} // namespace agent::daemon
