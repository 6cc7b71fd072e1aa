#include "agent/doors/image_labels.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <utility>

namespace agent::doors {

namespace log = base::log;
using base::Async;

namespace {

constexpr auto first_put_off = std::chrono::seconds(5);
constexpr auto longest_put_off = std::chrono::seconds(300);
/// An image that is gone comes back with a container that is made of it.
constexpr auto gone_time = std::chrono::minutes(1);

} // namespace

ImageLabels::ImageLabels(base::Executor loop, docker::Client& docker,
                         std::function<void(const std::string&)> on_learned)
    : docker_(docker), on_learned_(std::move(on_learned)), wanted_(loop), tasks_(std::move(loop)) {}

const docker::StringMap* ImageLabels::find(const std::string& image_id) const {
    const auto known = known_.find(image_id);
    return known != known_.end() && known->second.labels ? &*known->second.labels : nullptr;
}

void ImageLabels::learn(const std::string& image_id) {
    const auto known = known_.find(image_id);
    const bool has_told = known != known_.end() &&
                          (known->second.labels || Clock::now() - known->second.told < gone_time);
    if (has_told || !questions_.try_emplace(image_id, Question{Clock::now()}).second)
        return;
    wanted_.notify_all();
    if (!std::exchange(asking_, true))
        tasks_.spawn("labels of images", ask_all());
}

void ImageLabels::forget(const std::string& image_id) {
    known_.erase(image_id);
    questions_.erase(image_id);
}

/// As long as there are questions, each when it is due.
Async<void> ImageLabels::ask_all() {
    const auto stop = co_await base::stop_token();
    while (!stop.requested() && !questions_.empty()) {
        const auto next = std::ranges::min_element(
            questions_, {}, [](const auto& entry) { return entry.second.due; });
        const auto left = next->second.due - Clock::now();
        if (left > left.zero()) {
            co_await wanted_.wait_for(left);
            continue;
        }
        auto image_id = next->first;
        co_await ask(std::move(image_id));
    }
    asking_ = false;
}

Async<void> ImageLabels::ask(std::string image_id) {
    const auto image = co_await docker_.inspect_image(image_id);
    // Nobody may have it any more.
    if (!questions_.contains(image_id))
        co_return;
    if (!image) {
        if (image.error().code() != base::Errc::cancelled)
            put_off(image_id, image.error());
        co_return;
    }
    std::optional<docker::StringMap> labels;
    if (*image)
        labels = (*image)->labels;
    remember(image_id, std::move(labels));
}

void ImageLabels::put_off(const std::string& image_id, const base::Error& why) {
    auto& question = questions_.at(image_id);
    if (question.pause == question.pause.zero())
        log::warn(
            "cannot ask how an image is labelled; its containers have no role by a label that "
            "may be its own, trying again",
            {{"image", image_id}, log::why(why)});
    question.pause =
        std::clamp<std::chrono::seconds>(question.pause * 2, first_put_off, longest_put_off);
    question.due = Clock::now() + question.pause;
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
    tasks_.cancel();
    co_await tasks_.wait(std::chrono::seconds(1));
}

} // namespace agent::doors
