#pragma once
// The Client that speaks the Engine API through a Transport. Made by make_client(); for
// api_client*.cpp only.

#include "agent/docker/client.hpp"
#include "agent/docker/wire.hpp"
#include "agent/http/transport.hpp"

namespace agent::docker {

/// Of an answer that lists all of a kind, in bytes.
constexpr std::size_t list_limit = std::size_t{32} << 20;

/// Opens an error's text with the call that failed.
template <class T>
base::Result<T> in_context(std::string_view what, base::Result<T> result) {
    if (!result)
        return std::move(result).error() + what;
    return result;
}

class ApiClient final : public Client {
public:
    ApiClient(std::unique_ptr<Transport> transport, ClientOptions options);

    base::Async<base::Result<EngineVersion>> connect() override;
    base::Async<base::Result<>> ping(std::chrono::milliseconds deadline) override;
    base::Async<base::Result<EngineInfo>> info() override;

    base::Async<base::Result<std::vector<ContainerSummary>>>
    list_containers(bool all, std::vector<std::string> labels) override;
    base::Async<base::Result<std::optional<ContainerInspect>>>
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
    base::Async<base::Result<std::optional<PathStat>>> stat_path(std::string id,
                                                                 std::string path) override;

    base::Async<base::Result<std::optional<ImageInspect>>>
    inspect_image(std::string reference) override;
    base::Async<base::Result<std::vector<std::string>>>
    list_image_names(std::vector<std::string> labels) override;
    base::Async<base::Result<std::set<std::string>>> list_image_ids() override;
    base::Async<base::Result<>> pull_image(std::string reference,
                                           std::optional<std::string> registry_auth,
                                           Progress progress) override;
    base::Async<base::Result<std::string>> import_image(std::string tar, std::string repository,
                                                        std::string tag,
                                                        std::vector<std::string> changes) override;
    base::Async<base::Result<bool>> remove_image(std::string reference) override;

    base::Async<base::Result<std::vector<Network>>> list_networks() override;
    base::Async<base::Result<std::optional<Network>>> inspect_network(std::string id) override;
    base::Async<base::Result<std::string>> create_network(NetworkSpec spec) override;
    base::Async<base::Result<bool>> remove_network(std::string id) override;

    base::Async<base::Result<std::string>> create_volume(VolumeSpec spec) override;
    base::Async<base::Result<std::optional<Volume>>> inspect_volume(std::string name) override;
    base::Async<base::Result<std::vector<Volume>>>
    list_volumes(std::vector<std::string> labels) override;
    base::Async<base::Result<bool>> remove_volume(std::string name) override;

    base::Async<base::Result<std::unique_ptr<EventStream>>>
    events(EventFilter filter, std::optional<std::int64_t> since_nano) override;

private:
    /// Sends a request and gives the answer if its status is 2xx or `also`; else the refusal.
    /// `what` opens every error's text.
    base::Async<base::Result<Response>> send(std::string what, Request request, long also);
    /// The same under the settled API version; unavailable before connect().
    base::Async<base::Result<Response>> call(std::string what, Request request, long also = 0);
    /// A stream under the settled API version.
    base::Async<base::Result<std::unique_ptr<http::LineStream>>> stream(std::string what,
                                                                        Request request);
    /// DELETE of what may be gone: false when it was.
    base::Async<base::Result<bool>> remove(std::string what, std::string target,
                                           std::chrono::milliseconds deadline);
    base::Result<> add_version(const std::string& what, Request& request) const;

    std::unique_ptr<Transport> transport_;
    ClientOptions options_;
    std::optional<ApiVersion> version_; ///< settled by connect()
};

} // namespace agent::docker
