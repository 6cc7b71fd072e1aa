#include "agent/doors/image_labels.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <utility>

namespace agent::doors {

namespace log = base::log;
using base::Async;
using base::Errc;
using base::Error;
using base::Result;

namespace {

constexpr std::size_t most_at_once = 8;
constexpr std::chrono::seconds first_put_off(5);
constexpr std::chrono::seconds longest_put_off(300);
/// An image that is gone comes back with a container that is made of it.
constexpr auto gone_time = std::chrono::minutes(1);

} // namespace

ImageLabels::ImageLabels(base::Executor loop, docker::Client& docker,
                         std::function<void(const std::string&)> on_learned)
    : docker_(docker),
      on_learned_(std::move(on_learned)),
      slots_(loop, most_at_once),
      tasks_(std::move(loop)) {}

const docker::StringMap* ImageLabels::find(const std::string& image_id) const {
    const auto known = known_.find(image_id);
    return known != known_.end() && known->second.labels ? &*known->second.labels : nullptr;
}

void ImageLabels::learn(const std::string& image_id) {
    const auto known = known_.find(image_id);
    const bool has_told = known != known_.end() &&
                          (known->second.labels || Clock::now() - known->second.told < gone_time);
    if (stopped_ || has_told || questions_.contains(image_id))
        return;
    const auto number = ++asked_;
    questions_[image_id].number = number;
    tasks_.spawn("labels of an image", ask_until_told(image_id, number));
}

void ImageLabels::forget(const std::string& image_id) {
    known_.erase(image_id);
    questions_.erase(image_id);
}

/// Nobody may have the image any more, or have it anew.
bool ImageLabels::is_wanted(const std::string& image_id, std::uint64_t number) const {
    const auto question = questions_.find(image_id);
    return question != questions_.end() && question->second.number == number;
}

Async<void> ImageLabels::ask_until_told(std::string image_id, std::uint64_t number) {
    const auto stop = co_await base::stop_token();
    while (!stop.requested() && is_wanted(image_id, number)) {
        const auto image = co_await ask(image_id);
        if (stop.requested() || !is_wanted(image_id, number))
            break;
        if (image) {
            std::optional<docker::StringMap> labels;
            if (*image)
                labels = (*image)->labels;
            remember(image_id, std::move(labels));
            break;
        }
        const auto pause = put_off(image_id, image.error());
        co_await base::sleep_for(pause);
    }
}

/// In its turn: an image of which the engine does not tell holds up few others.
Async<Result<std::optional<docker::ImageInspect>>> ImageLabels::ask(std::string image_id) {
    const bool taken = co_await slots_.take();
    if (!taken)
        co_return Error(Errc::cancelled, "the agent ends");
    auto image = co_await docker_.inspect_image(std::move(image_id));
    slots_.give_back();
    co_return std::move(image);
}

/// How long until the next time.
std::chrono::seconds ImageLabels::put_off(const std::string& image_id, const Error& why) {
    auto& pause = questions_.at(image_id).pause;
    if (pause == pause.zero())
        log::warn(
            "cannot ask how an image is labelled; its containers have no role by a label that "
            "may be its own, trying again",
            {{"image", image_id}, log::why(why)});
    const bool is_away = why.code() == Errc::unavailable;
    pause = is_away ? first_put_off : std::clamp(pause * 2, first_put_off, longest_put_off);
    return pause;
}

void ImageLabels::remember(const std::string& image_id, std::optional<docker::StringMap> labels) {
    questions_.erase(image_id);
    const bool is_there = labels.has_value();
    const bool is_news =
        known_.insert_or_assign(image_id, Known{std::move(labels), Clock::now()}).second;
    if (is_there)
        on_learned_(image_id);
    else if (is_news)
        log::warn(
            "an image is gone, and its labels with it; its containers have no role by a label "
            "that may have been its own",
            {{"image", image_id}});
}

Async<void> ImageLabels::stop() {
    stopped_ = true;
    tasks_.cancel();
    co_await tasks_.wait(std::chrono::seconds(1));
}

} // namespace agent::doors
