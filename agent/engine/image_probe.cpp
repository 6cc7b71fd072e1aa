#include "agent/engine/image_probe.hpp"

#include "agent/engine/pause_image.hpp"
#include "base/ids.hpp"
#include "metadatafile/placement.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace agent::engine {

using base::Async;
using base::Result;

namespace {

constexpr std::string_view probe_label = "ecs-node-agent=probe";
constexpr std::string_view probe_name = "ecs-probe-";
constexpr std::size_t most_remembered = 1000;

} // namespace

Async<Result<std::optional<std::string>>>
ImageProbe::file_in_the_way(std::string image, std::string image_id, std::string container_name) {
    const auto key = std::make_pair(image_id, container_name);
    if (const auto known = answers_.find(key); known != answers_.end())
        co_return known->second;
    const nlohmann::json document{{"Image", image},
                                  {"Cmd", {"/ecs-node-agent-probe-never-started"}},
                                  {"Labels", {{std::string(own_label), "probe"}}},
                                  {"NetworkDisabled", true}};
    const auto name = std::string(probe_name) + base::random_hex(8);
    CO_TRY(const auto id, co_await docker_.create_container(name, document.dump()));
    const auto found = co_await probe(id, container_name);
    CO_TRY(co_await docker_.remove_container(id, true, true));
    CO_TRY(const auto answer, found);
    if (answers_.size() >= most_remembered)
        answers_.clear();
    answers_.emplace(key, answer);
    co_return answer;
}

Async<Result<std::optional<std::string>>> ImageProbe::probe(std::string container_id,
                                                            std::string container_name) {
    for (const auto& path : metadatafile::paths_to_probe(container_name)) {
        CO_TRY(const auto stat, co_await docker_.stat_path(container_id, path));
        if (!stat)
            break;
        // A link is followed inside the container, also a dangling one: Docker makes the directory.
        if (!stat->is_directory && !stat->is_symlink)
            co_return path;
    }
    co_return std::nullopt;
}

Async<Result<>> ImageProbe::remove_leftovers() {
    std::vector<std::string> labels{std::string(probe_label)};
    CO_TRY(const auto left, co_await docker_.list_containers(true, labels));
    Result<> outcome;
    for (const auto& container : left) {
        // An image may have the label too.
        const bool ours = std::any_of(container.names.begin(), container.names.end(),
                                      [](const std::string& name) {
                                          return name.starts_with('/' + std::string(probe_name));
                                      });
        if (!ours)
            continue;
        const auto removed = co_await docker_.remove_container(container.id, true, true);
        if (!removed && outcome)
            outcome = removed.error();
    }
    co_return outcome;
}

} // namespace agent::engine
