#include "agent/containers/image_probe.hpp"

#include "agent/containers/pause_image.hpp"
#include "base/empty_at_end.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "metadatafile/placement.hpp"
#include "model/names.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <vector>

namespace agent::containers {

namespace log = base::log;
using base::Async;
using base::Errc;
using base::Result;

namespace {

constexpr std::size_t most_remembered = 1000;
constexpr auto first_removal_pause = std::chrono::seconds(1);
constexpr auto longest_removal_pause = std::chrono::seconds(60);
/// Docker may finish a creation long after its answer was given up.
constexpr auto longest_creation = std::chrono::seconds(300);

/// Whether Docker may have made the container, or make it yet, although it was not said to be made.
bool may_be_made(Errc code) {
    return code == Errc::timeout || code == Errc::unavailable || code == Errc::cancelled ||
           code == Errc::io || code == Errc::protocol;
}

} // namespace

ImageProbe::~ImageProbe() {
    base::assert_empty_at_end("probes of images", probing_.size());
}

Async<Result<std::optional<std::string>>>
ImageProbe::file_in_the_way(std::string image, std::string image_id, std::string container_name) {
    const auto stop = co_await base::stop_token();
    // As a rule one answer is all that many need who ask at once.
    while (probing_.contains(image_id) && !stop.requested())
        co_await probed_.wait_for(std::chrono::seconds(1));
    if (stop.requested())
        co_return base::Error(Errc::cancelled, "the task was cancelled");
    if (const auto* known = find_answer(image_id, container_name))
        co_return known->file;
    probing_.insert(image_id);
    const auto asked = co_await ask(std::move(image), container_name);
    probing_.erase(image_id);
    probed_.notify_all();
    CO_TRY(const auto answer, asked);
    if (answers_.size() >= most_remembered)
        answers_.clear();
    answers_.emplace(std::pair(image_id, answer.for_every_name ? std::string() : container_name),
                     answer);
    co_return answer.file;
}

Async<Result<ImageProbe::Answer>> ImageProbe::ask(std::string image, std::string container_name) {
    const nlohmann::json document{{"Image", image},
                                  {"Cmd", {"/ecs-node-agent-probe-never-started"}},
                                  {"Labels", {{std::string(model::own_label), "probe"}}},
                                  {"NetworkDisabled", true}};
    const auto name = std::string(model::throw_away_name) + base::random_hex(8);
    const auto id = co_await docker_.create_container(name, document.dump());
    if (!id) {
        if (may_be_made(id.error().code()))
            remove_soon(name, longest_creation);
        co_return id.error();
    }
    auto found = co_await probe(*id, std::move(container_name));
    // Whoever asked creates a container, and has a slot for it: the removal is not its matter.
    remove_soon(*id, std::chrono::seconds(0));
    co_return std::move(found);
}

const ImageProbe::Answer* ImageProbe::find_answer(const std::string& image_id,
                                                  const std::string& container_name) const {
    for (const auto& name : {std::string(), container_name})
        if (const auto known = answers_.find(std::pair(image_id, name)); known != answers_.end())
            return &known->second;
    return nullptr;
}

Async<Result<ImageProbe::Answer>> ImageProbe::probe(std::string container_id,
                                                    std::string container_name) {
    Answer answer;
    const auto paths = metadatafile::paths_to_probe(container_name);
    for (const auto& path : paths) {
        CO_TRY(const auto stat, co_await docker_.stat_path(container_id, path));
        answer.for_every_name = path != paths.back();
        if (!stat)
            break;
        // A link is followed inside the container, also a dangling one: Docker makes the directory.
        if (!stat->is_directory && !stat->is_symlink) {
            answer.file = path;
            break;
        }
    }
    co_return answer;
}

/// `may_appear_for`: how long one that is not there may still come to be.
void ImageProbe::remove_soon(const std::string& container, std::chrono::seconds may_appear_for) {
    if (!removing_.insert(container).second)
        return;
    removals_.spawn(
        "removal of a throw-away container",
        remove_until_gone(container, std::chrono::steady_clock::now() + may_appear_for));
}

Async<void> ImageProbe::remove_until_gone(std::string container,
                                          std::chrono::steady_clock::time_point may_appear_until) {
    const auto stop = co_await base::stop_token();
    std::chrono::seconds pause = first_removal_pause;
    bool told = false;
    while (!stop.requested()) {
        const auto removed = co_await docker_.remove_container(container, true, true);
        if (removed && (*removed || std::chrono::steady_clock::now() >= may_appear_until))
            break;
        if (!removed && !told && !stop.requested()) {
            log::warn("cannot remove a throw-away container, trying again",
                      {{"container", container}, log::why(removed.error())});
            told = true;
        }
        co_await base::sleep_for(pause);
        pause = std::min<std::chrono::seconds>(pause * 2, longest_removal_pause);
    }
    removing_.erase(container);
}

Async<Result<>> ImageProbe::remove_leftovers() {
    std::vector<std::string> labels{std::string(model::throw_away_label)};
    CO_TRY(const auto left, co_await docker_.list_containers(true, labels));
    for (const auto& container : left) {
        const bool ours =
            std::any_of(container.names.begin(), container.names.end(), [&](const auto& name) {
                return model::is_throw_away(name, container.labels);
            });
        if (ours)
            remove_soon(container.id, std::chrono::seconds(0));
    }
    co_return Result<>();
}

Async<bool> ImageProbe::end(std::chrono::steady_clock::duration limit) {
    const bool ended = co_await removals_.wait(limit);
    if (ended)
        co_return true;
    removals_.cancel();
    co_await removals_.wait(std::chrono::milliseconds(500));
    co_return false;
}

} // namespace agent::containers
