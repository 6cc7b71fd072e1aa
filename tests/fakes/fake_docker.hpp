#pragma once
// A Docker Engine in memory, behind the client's interface: containers, images, networks and events
// behave as Docker's do, and a test scripts what goes wrong: calls that fail before or after their
// effect, calls that take their time, calls about one container that hang or fail until it is mended,
// an engine that is away, an event stream that is cut, loses events or falls silent. Every call suspends once, as the real client does, and is recorded as
// "<operation> <subject>". Loop thread only.

#include "agent/docker/client.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace fakes {

namespace docker = agent::docker;

/// Whether all of `wanted`, "name" or "name=value", are among the labels.
bool has_labels(const docker::StringMap& labels, const std::vector<std::string>& wanted);

class FakeDocker : public docker::Client {
public:
    explicit FakeDocker(base::Executor loop);
    ~FakeDocker() override;

    // What there is. Containers are found by id or name; ids have 64 digits, 1, 2, 3 … in order.
    void add_image(const std::string& reference, std::vector<std::string> environment = {});
    /// Something other than a directory at this path of every container of the image.
    void add_file_in_image(const std::string& reference, const std::string& path);
    /// A reference that is not here, and can be pulled.
    void add_pullable_image(const std::string& reference);
    void add_network(docker::Network network);
    void add_volume(docker::Volume volume);
    const std::map<std::string, docker::Volume>& volumes() const { return volumes_; }
    /// What info() says.
    void set_info(docker::EngineInfo info) { info_ = std::move(info); }
    /// An image with these labels, as an import would make it.
    void add_labelled_image(const std::string& reference, docker::StringMap labels);
    /// What an image that is here is called, instead of its reference.
    void name_image(const std::string& reference, std::vector<std::string> names);
    /// To be looked at and changed. The test fails hard when there is none.
    docker::ImageInspect& image(const std::string& reference) { return images_.at(reference); }
    void take_image_away(const std::string& reference) { images_.erase(reference); }
    /// Creates a container as another client of the engine would; its id.
    std::string make_container(const std::string& name, const std::string& network_mode = "bridge",
                               docker::StringMap labels = {});
    /// To be looked at and changed. The test fails hard when there is none.
    docker::ContainerInspect& container(const std::string& id_or_name);
    const std::string& create_body(const std::string& id_or_name) const;
    bool has_container(const std::string& id_or_name) const;
    /// Names without the slash, in the order of creation.
    std::vector<std::string> container_names() const;
    bool has_image(const std::string& reference) const { return images_.contains(reference); }

    // What happens without us. Each says its events.
    void run_container(const std::string& id_or_name);
    void die(const std::string& id_or_name, int exit_code = 0);
    void destroy(const std::string& id_or_name);
    /// The result of a health check: "healthy", "unhealthy".
    void set_health(const std::string& id_or_name, const std::string& status);
    void emit(docker::Event event);
    /// What every running container uses from now on.
    void set_stats(model::Stats stats) { stats_ = std::move(stats); }

    // What goes wrong.
    /// The next call of the operation fails, without effect.
    void fail_next(const std::string& operation, base::Error error);
    /// The next start is refused, and the container remembers why, as Docker 20.10 does.
    void refuse_next_start(base::Error error) { refused_starts_.push_back(std::move(error)); }
    /// The next call of the operation is done, and its answer is lost.
    void lose_next_answer(const std::string& operation, base::Error error);
    /// Every call of the operation takes so long; 0 ends it.
    /// Before the operation is done; "answer of inspect" between that and its answer.
    void delay(const std::string& operation, std::chrono::milliseconds time);
    /// Every call of the operation about this subject hangs until it is mended or its deadline has
    /// passed: a container whose lock is stuck.
    void hang(const std::string& operation, const std::string& subject);
    /// Every call of the operation about this subject fails so until it is mended.
    void spoil(const std::string& operation, const std::string& subject, base::Error error);
    void mend(const std::string& operation, const std::string& subject);
    /// Away: every call is unavailable, and streams end.
    void set_away(bool away);
    /// What the start event of a container is followed by at once, in Docker itself.
    void die_at_start(const std::string& name, int exit_code);
    /// Open streams end; the next one can be opened.
    void cut_events();
    /// Events happen, and no open or new stream hears of them; `since` still brings them back.
    void lose_events(bool lose) { losing_events_ = lose; }
    /// Open streams are silent for ever: each wait for the next event says that its time has
    /// passed.
    void hang_events();

    // What was asked.
    const std::vector<std::string>& calls() const { return calls_; }
    std::size_t count(std::string_view beginning) const;
    /// What the last stop of this container was asked to wait.
    std::chrono::seconds last_grace(const std::string& name) const { return graces_.at(name); }
    void forget_calls() { calls_.clear(); }
    /// How many calls of the operation were under way at once, at most.
    std::size_t most_at_once(const std::string& operation) const;
    /// The `since` of every opened event stream.
    const std::vector<std::optional<std::int64_t>>& streams_opened() const { return since_; }
    std::size_t open_streams() const;

    base::Async<base::Result<docker::EngineVersion>> connect() override;
    base::Async<base::Result<>> ping(std::chrono::milliseconds deadline) override;
    base::Async<base::Result<docker::EngineInfo>> info() override;
    base::Async<base::Result<std::vector<docker::ContainerSummary>>>
    list_containers(bool all, std::vector<std::string> labels) override;
    base::Async<base::Result<std::optional<docker::ContainerInspect>>>
    inspect_container(std::string id,
                      std::optional<std::chrono::milliseconds> deadline = std::nullopt) override;
    base::Async<base::Result<std::optional<model::Stats>>> container_stats(std::string id) override;
    base::Async<base::Result<std::string>> create_container(std::string name,
                                                            std::string body) override;
    base::Async<base::Result<>> start_container(std::string id) override;
    base::Async<base::Result<>> stop_container(std::string id, std::chrono::seconds grace) override;
    base::Async<base::Result<>> kill_container(std::string id, std::string signal) override;
    base::Async<base::Result<bool>> remove_container(std::string id, bool force,
                                                     bool volumes) override;
    base::Async<base::Result<std::optional<docker::PathStat>>> stat_path(std::string id,
                                                                         std::string path) override;
    base::Async<base::Result<std::optional<docker::ImageInspect>>>
    inspect_image(std::string reference) override;
    base::Async<base::Result<std::vector<std::string>>>
    list_image_names(std::vector<std::string> labels) override;
    base::Async<base::Result<std::set<std::string>>> list_image_ids() override;
    base::Async<base::Result<>> pull_image(std::string reference,
                                           std::optional<std::string> registry_auth,
                                           docker::Progress progress) override;
    base::Async<base::Result<std::string>> import_image(std::string tar, std::string repository,
                                                        std::string tag,
                                                        std::vector<std::string> changes) override;
    base::Async<base::Result<bool>> remove_image(std::string reference) override;
    base::Async<base::Result<std::vector<docker::Network>>> list_networks() override;
    base::Async<base::Result<std::optional<docker::Network>>>
    inspect_network(std::string id) override;
    base::Async<base::Result<std::string>> create_network(docker::NetworkSpec spec) override;
    base::Async<base::Result<bool>> remove_network(std::string id) override;
    base::Async<base::Result<std::string>> create_volume(docker::VolumeSpec spec) override;
    base::Async<base::Result<std::optional<docker::Volume>>>
    inspect_volume(std::string name) override;
    base::Async<base::Result<std::vector<docker::Volume>>>
    list_volumes(std::vector<std::string> labels) override;
    base::Async<base::Result<bool>> remove_volume(std::string name) override;

    base::Async<base::Result<std::unique_ptr<docker::EventStream>>>
    events(docker::EventFilter filter, std::optional<std::int64_t> since_nano) override;

private:
    struct Container {
        docker::ContainerInspect inspect;
        std::string body; ///< of the create call
        std::optional<int> dies_at_start;
    };
    struct Stream;
    class StreamReader;

    base::Async<base::Result<>>
    enter(std::string operation, std::string subject,
          std::optional<std::chrono::milliseconds> deadline = std::nullopt);
    /// While the call hangs. cancelled, or timeout when the deadline has passed.
    base::Async<base::Result<>> wait_until_mended(std::string call,
                                                  std::chrono::milliseconds deadline);
    /// The error of an answer that is to be lost.
    std::optional<base::Error> lost_answer(const std::string& operation);
    Container* find(const std::string& id_or_name);
    /// Its name, or the id itself when there is none of that id.
    std::string name_of(const std::string& id);
    Container& add_container(const std::string& name, const std::string& image);
    void connect_to_network(Container& container);
    void bind_ports(Container& container);
    void container_event(const Container& container, const std::string& action);

    base::Executor loop_;
    docker::EngineInfo info_;
    std::list<Container> containers_;
    std::map<std::string, docker::ImageInspect> images_;
    std::map<std::string, std::set<std::string>> files_in_images_;
    std::set<std::string> pullable_;
    std::vector<docker::Network> networks_;
    std::map<std::string, docker::Volume> volumes_;
    std::map<std::string, int> deaths_at_start_;
    std::map<std::string, std::deque<base::Error>> failures_;
    std::map<std::string, std::deque<base::Error>> lost_answers_;
    std::deque<base::Error> refused_starts_;
    std::map<std::string, std::chrono::seconds> graces_;
    std::map<std::string, std::chrono::milliseconds> delays_;
    std::set<std::string> hanging_;              ///< as calls are recorded
    std::map<std::string, base::Error> spoiled_; ///< the same
    base::Notifier mended_;
    std::map<std::string, std::pair<std::size_t, std::size_t>> under_way_; ///< now, at most
    std::vector<std::string> calls_;
    std::vector<std::optional<std::int64_t>> since_;
    std::vector<std::weak_ptr<Stream>> streams_;
    std::deque<docker::Event> history_;
    model::Stats stats_;
    bool away_ = false;
    bool losing_events_ = false;
    int ids_ = 0;
    std::uint16_t next_port_ = 32768;
    std::int64_t clock_ = 1'000'000'000;
};

} // namespace fakes
