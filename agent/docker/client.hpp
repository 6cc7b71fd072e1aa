#pragma once
// The door to the Docker Engine. The agent makes one client and hands references to whoever talks
// to Docker; tests implement the interface in memory. Lives on the loop thread; any number of calls
// may wait at once. The loop outlives the client, and the client outlives the calls that wait on
// it.
//
// Every call has a deadline, and every call may fail with: unavailable (no engine answers, or
// connect() never succeeded), timeout (its deadline passed), cancelled (its task was asked to end),
// permission (the socket may not be opened), protocol (the engine answered nonsense), too_large
// (over a response limit); and with the engine's refusal: invalid_argument (400), not_found (404),
// conflict (403, 409), permission (401), unavailable (502-504), internal (other 5xx). The text
// keeps Docker's own message: "docker create container web: 409 Conflict: The container name …".
//
// The engine may be Podman, whose statuses, events and documents differ here and there from
// Docker's: what comes out of here is as Docker has it.
//
// Structs passed to a call must be named variables: `co_await f(Spec{…})` is miscompiled by GCC 12
// (docs/style.md).

#include "agent/docker/types.hpp"
#include "agent/http/transport.hpp"
#include "base/async.hpp"
#include "base/error.hpp"
#include "model/stats.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace agent::docker {

/// The API versions that this client speaks.
constexpr ApiVersion oldest_api_version{1, 24};
constexpr ApiVersion newest_api_version{1, 56};

/// How long each call may take as a whole. Defaults are the ECS agent's where it has one.
struct Deadlines {
    std::chrono::milliseconds version = std::chrono::seconds(10);
    std::chrono::milliseconds info = std::chrono::seconds(10);
    std::chrono::milliseconds list = std::chrono::minutes(10);
    std::chrono::milliseconds inspect = std::chrono::seconds(30);
    /// Somebody waits for the answer; the engine takes one to two seconds for it.
    std::chrono::milliseconds stats = std::chrono::seconds(4);
    std::chrono::milliseconds create = std::chrono::minutes(4);
    std::chrono::milliseconds start = std::chrono::minutes(3);
    std::chrono::milliseconds stop_margin = std::chrono::minutes(2); ///< beyond the grace time
    std::chrono::milliseconds kill = std::chrono::minutes(2);
    std::chrono::milliseconds remove = std::chrono::minutes(5);
    std::chrono::milliseconds pull_total = std::chrono::hours(2);
    std::chrono::milliseconds pull_first_progress = std::chrono::minutes(5);
    std::chrono::milliseconds pull_inactivity = std::chrono::minutes(1);
    std::chrono::milliseconds import_image = std::chrono::minutes(2);
    std::chrono::milliseconds network = std::chrono::minutes(1);
    /// Create and remove; a driver may have to ask another machine.
    std::chrono::milliseconds volume = std::chrono::minutes(5);
    std::chrono::milliseconds events_open = std::chrono::seconds(10);
};

struct ClientOptions {
    std::optional<ApiVersion> pinned_api_version; ///< instead of the newest that both sides speak
    Deadlines deadlines;
};

/// What create_network() makes. Empty subnet or gateway: the engine chooses.
struct NetworkSpec {
    std::string name;
    std::string driver = "bridge";
    std::string subnet;
    std::string gateway;
    bool internal = false;
    StringMap labels;
    StringMap options;
};

/// What create_volume() makes.
struct VolumeSpec {
    std::string name;
    std::string driver; ///< "": Docker's local
    StringMap driver_options;
    StringMap labels;
};

/// Which events to send; an empty list means all.
struct EventFilter {
    std::vector<std::string> types;
    std::vector<std::string> actions;
};

/// The engine's events as they happen. Its destruction closes the connection.
class EventStream {
public:
    virtual ~EventStream() = default;
    /// The next event, or nothing within `limit`. An error ends the stream, and then every further
    /// call says it again: unavailable (the engine closed it), exhausted (we read too slowly: look
    /// at everything again), protocol. cancelled does not end it.
    virtual base::Async<base::Result<std::optional<Event>>>
    next(std::chrono::steady_clock::duration limit) = 0;
};

/// Takes each line of a pull but its error; called on the loop, often.
using Progress = std::function<void(const ProgressLine&)>;

class Client {
public:
    virtual ~Client() = default;

    /// Pings and settles the API version; needed before every other call but ping(), and again
    /// after the engine came back. unsupported, naming both ranges, when no version is common.
    virtual base::Async<base::Result<EngineVersion>> connect() = 0;
    /// Whether the engine answers within `deadline`.
    virtual base::Async<base::Result<>> ping(std::chrono::milliseconds deadline) = 0;
    virtual base::Async<base::Result<EngineInfo>> info() = 0;

    /// `all` includes those that do not run; `labels` are "name" or "name=value", all must match.
    virtual base::Async<base::Result<std::vector<ContainerSummary>>>
    list_containers(bool all, std::vector<std::string> labels) = 0;
    /// By id or name; nothing when there is none. `deadline` is instead of the usual one.
    virtual base::Async<base::Result<std::optional<ContainerInspect>>>
    inspect_container(std::string id,
                      std::optional<std::chrono::milliseconds> deadline = std::nullopt) = 0;
    /// What it uses, looked at once; nothing when it does not run or is gone.
    virtual base::Async<base::Result<std::optional<model::Stats>>>
    container_stats(std::string id) = 0;
    /// `body` is the create document as JSON. The new id; conflict when the name is taken,
    /// not_found when the image is missing. Never sent twice.
    virtual base::Async<base::Result<std::string>> create_container(std::string name,
                                                                    std::string body) = 0;
    /// Fine when it runs already. not_found when it is gone.
    virtual base::Async<base::Result<>> start_container(std::string id) = 0;
    /// SIGTERM (or its stop signal), after `grace` SIGKILL. Fine when it does not run. not_found
    /// when it is gone.
    virtual base::Async<base::Result<>> stop_container(std::string id,
                                                       std::chrono::seconds grace) = 0;
    /// `signal` as "SIGHUP". conflict when it does not run, not_found when it is gone.
    virtual base::Async<base::Result<>> kill_container(std::string id, std::string signal) = 0;
    /// False when it was gone already; true also while another's removal is under way. conflict
    /// when it runs and `force` is not given. `volumes` removes its anonymous ones.
    virtual base::Async<base::Result<bool>> remove_container(std::string id, bool force,
                                                             bool volumes) = 0;
    /// What is at an absolute path in a container, running or not, without following a last link.
    /// Nothing when the path or the container does not exist (the engine does not tell which).
    virtual base::Async<base::Result<std::optional<PathStat>>> stat_path(std::string id,
                                                                         std::string path) = 0;

    virtual base::Async<base::Result<std::optional<ImageInspect>>>
    inspect_image(std::string reference) = 0;
    /// All names, "repository:tag", of the images with these `labels`, as in list_containers().
    virtual base::Async<base::Result<std::vector<std::string>>>
    list_image_names(std::vector<std::string> labels) = 0;
    /// The ids of all images, of those without a name and of intermediate ones, too.
    virtual base::Async<base::Result<std::set<std::string>>> list_image_ids() = 0;
    /// Pulls "name[:tag|@digest]", tag `latest` by default. `registry_auth` is the value of
    /// X-Registry-Auth, a secret. `progress` may be empty. Before or under way: not_found (the
    /// registry has no such image or tag), permission (it refuses the login, or wants one),
    /// exhausted (it has been asked too often), io (it cannot be reached), timeout (it does not
    /// answer, or the total, the first-line or the inactivity limit passes), invalid_argument (a
    /// wrong reference), internal (else); unavailable is the engine only.
    virtual base::Async<base::Result<>> pull_image(std::string reference,
                                                   std::optional<std::string> registry_auth,
                                                   Progress progress) = 0;
    /// Makes an image of a tar file of a root file system; `changes` are Dockerfile lines
    /// (ENTRYPOINT, USER, LABEL, …). The image's id. Never sent twice.
    virtual base::Async<base::Result<std::string>>
    import_image(std::string tar, std::string repository, std::string tag,
                 std::vector<std::string> changes) = 0;

    /// False when it was gone already; conflict while a container uses it.
    virtual base::Async<base::Result<bool>> remove_image(std::string reference) = 0;

    virtual base::Async<base::Result<std::vector<Network>>> list_networks() = 0;
    /// By id or name; nothing when there is none.
    virtual base::Async<base::Result<std::optional<Network>>> inspect_network(std::string id) = 0;
    /// The new id; conflict when the name or the subnet is taken.
    virtual base::Async<base::Result<std::string>> create_network(NetworkSpec spec) = 0;
    /// False when it was gone already; conflict while containers are on it.
    virtual base::Async<base::Result<bool>> remove_network(std::string id) = 0;

    /// The volume's name. One of that name and driver that is there already is taken as it is, with
    /// its own options and labels; conflict when it has another driver.
    virtual base::Async<base::Result<std::string>> create_volume(VolumeSpec spec) = 0;
    /// By name; nothing when there is none.
    virtual base::Async<base::Result<std::optional<Volume>>> inspect_volume(std::string name) = 0;
    /// `labels` as in list_containers().
    virtual base::Async<base::Result<std::vector<Volume>>>
    list_volumes(std::vector<std::string> labels) = 0;
    /// False when it was gone already; conflict while a container, running or not, uses it.
    virtual base::Async<base::Result<bool>> remove_volume(std::string name) = 0;

    /// Events from now on, or from the engine's time `since_nano` on (inclusive, and the engine
    /// remembers only the last 256).
    virtual base::Async<base::Result<std::unique_ptr<EventStream>>>
    events(EventFilter filter, std::optional<std::int64_t> since_nano) = 0;
};

/// A client of the engine that `transport` leads to. Nothing is sent before connect().
std::unique_ptr<Client> make_client(std::unique_ptr<http::Transport> transport,
                                    ClientOptions options);

} // namespace agent::docker
