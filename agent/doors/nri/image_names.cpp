#include "agent/doors/nri/image_names.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace agent::doors::nri {

namespace {

/// Tags move from image to image.
constexpr auto fresh_time = std::chrono::minutes(1);
constexpr std::size_t most_wanted = 100;

/// Whoever makes a container chooses the text.
bool is_image_id(std::string_view text) {
    constexpr std::string_view algorithm = "sha256:";
    constexpr std::size_t digits = 64;
    return text.starts_with(algorithm) && text.size() == algorithm.size() + digits &&
           text.find_first_not_of("0123456789abcdef", algorithm.size()) == text.npos;
}

} // namespace

ImageNames::ImageNames(base::Executor loop, docker::Client& docker)
    : docker_(docker), tasks_(std::move(loop)) {}

const ImageNames::Image* ImageNames::find(const std::string& id) const {
    const auto known = known_.find(id);
    return known == known_.end() ? nullptr : &known->second.image;
}

void ImageNames::learn(const std::string& id) {
    const auto known = known_.find(id);
    const bool is_fresh = known != known_.end() &&
                          std::chrono::steady_clock::now() - known->second.learned < fresh_time;
    if (is_fresh || !is_image_id(id) || wanted_.size() >= most_wanted)
        return;
    wanted_.insert(id);
    if (!std::exchange(asking_, true))
        tasks_.spawn("names of images", ask());
}

base::Async<void> ImageNames::ask() {
    const auto stop = co_await base::stop_token();
    while (!stop.requested() && !wanted_.empty()) {
        const auto id = *wanted_.begin();
        const auto found = co_await docker_.inspect_image(id);
        if (!found)
            base::log::debug("cannot learn what an image is called",
                             {{"image", id}, base::log::why(found.error())});
        else if (*found)
            remember(id, **found);
        else
            known_.erase(id);
        wanted_.erase(id);
    }
    asking_ = false;
}

void ImageNames::remember(const std::string& id, const docker::ImageInspect& image) {
    Known known;
    known.image.names = image.repo_tags;
    if (known.image.names.empty())
        known.image.names.push_back(id);
    known.image.labels = image.labels;
    known.learned = std::chrono::steady_clock::now();
    known_.insert_or_assign(id, std::move(known));
    if (known_.size() <= most)
        return;
    const auto oldest = std::ranges::min_element(
        known_, {}, [](const auto& entry) { return entry.second.learned; });
    known_.erase(oldest);
}

base::Async<void> ImageNames::stop() {
    tasks_.cancel();
    co_await tasks_.wait(std::chrono::seconds(1));
}

} // namespace agent::doors::nri
