#include "agent/image/image_cleaner.hpp"

#include "agent/docker/wire.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <utility>

namespace agent::image {

namespace log = base::log;
using base::Async;
using base::Errc;
using base::Error;
using base::Result;

namespace {

/// Whether two references mean the same: without a tag it is `latest`.
bool is_same(const std::string& left, const std::string& right) {
    const auto one = docker::split_reference(left);
    const auto other = docker::split_reference(right);
    return one.name == other.name && one.tag == other.tag;
}

} // namespace

ImageCleaner::ImageCleaner(docker::Client& docker, const model::World& world, ImagePuller& puller,
                           state::Store& store, state::Disk& disk, CleanerSettings settings)
    : docker_(docker),
      world_(world),
      puller_(puller),
      store_(store),
      disk_(disk),
      settings_(std::move(settings)) {}

Async<void> ImageCleaner::run() {
    for (;;) {
        const bool waited = co_await base::sleep_for(settings_.interval);
        if (!waited)
            co_return;
        const auto cleaned = co_await clean();
        std::string trouble;
        if (!cleaned && cleaned.error().code() != Errc::unavailable &&
            cleaned.error().code() != Errc::cancelled)
            trouble = cleaned.error().what();
        if (trouble != trouble_ && !trouble.empty())
            log::warn("cannot look for unused images, trying again", {{"reason", trouble}});
        trouble_ = trouble;
    }
}

/// Whether a container that the agent sees has the image, or one that it has yet to make may.
bool ImageCleaner::is_used(const state::BroughtImage& image) const {
    return std::ranges::any_of(world_.tasks(), [&](const auto& entry) {
        return std::ranges::any_of(entry.second->containers, [&](const auto& container) {
            if (container.image_id.empty())
                return is_same(container.image, image.reference);
            return container.image_id == image.image_id;
        });
    });
}

/// The longest unused first. Those that are used are noted to be.
Async<Result<ImageCleaner::Images>> ImageCleaner::unused_images() {
    auto load = [&store = store_] { return store.brought_images(); };
    CO_TRY(auto brought, co_await disk_.read(std::move(load)));
    Images unused;
    if (brought.empty())
        co_return unused;
    std::vector<std::string> no_labels;
    CO_TRY(const auto containers, co_await docker_.list_containers(true, std::move(no_labels)));
    std::set<std::string> in_containers;
    for (const auto& container : containers)
        in_containers.insert(container.image_id);
    Images used;
    for (auto& image : brought) {
        const bool in_use = in_containers.contains(image.image_id) || is_used(image);
        (in_use ? used : unused).push_back(std::move(image));
    }
    auto note = [&store = store_, used, now = base::now()]() mutable -> Result<> {
        for (auto& image : used) {
            image.used_at = now;
            TRY(store.put(image));
        }
        return {};
    };
    if (!used.empty()) {
        CO_TRY(co_await disk_.run(std::move(note)));
    }
    std::ranges::stable_sort(unused, {}, &state::BroughtImage::used_at);
    co_return unused;
}

Async<Result<std::size_t>> ImageCleaner::clean() {
    const auto stop = co_await base::stop_token();
    CO_TRY(const auto unused, co_await unused_images());
    std::set<std::string> kept;
    for (const auto& image : unused)
        if (std::ranges::any_of(settings_.kept, [&](const auto& reference) {
                return is_same(reference, image.reference);
            }))
            kept.insert(image.image_id);
    std::set<std::string> removed;
    for (const auto& image : unused) {
        const bool is_full =
            removed.size() >= settings_.most_at_once && !removed.contains(image.image_id);
        if (is_full || stop.requested())
            break;
        if (kept.contains(image.image_id) || base::now() - image.pulled_at < settings_.minimum_age)
            continue;
        CO_TRY(const bool is_removed, co_await remove(image));
        if (is_removed)
            removed.insert(image.image_id);
    }
    co_return removed.size();
}

/// By the reference, as long as it names this image; by the id, once a pull has given the reference to
/// another and nothing names this one any more.
Async<Result<bool>> ImageCleaner::remove(state::BroughtImage image) {
    auto name = image.reference;
    CO_TRY(const auto named, co_await docker_.inspect_image(name));
    if (!named || named->id != image.image_id) {
        name = image.image_id;
        CO_TRY(const auto found, co_await docker_.inspect_image(name));
        // It has gone, or others have named it: then it is theirs.
        if (!found || !found->repo_tags.empty()) {
            CO_TRY(co_await forget(image));
            co_return false;
        }
    }
    // A task may have come meanwhile.
    if (is_used(image))
        co_return false;
    const auto removed = co_await puller_.remove(name);
    if (!removed && removed.error().code() != Errc::conflict)
        co_return removed.error();
    if (!removed) {
        // A container that was made just now, or an image that was built on it.
        if (std::exchange(told_[image.image_id], removed.error().what()) != removed.error().what())
            log::info("an unused image cannot be removed, trying again later",
                      {{"image", image.reference}, log::why(removed.error())});
        co_return false;
    }
    log::info("removed an unused image",
              {{"image", image.reference}, {"image_id", image.image_id}});
    told_.erase(image.image_id);
    CO_TRY(co_await forget(image));
    co_return true;
}

Async<Result<>> ImageCleaner::forget(state::BroughtImage image) {
    auto work = [&store = store_, image = std::move(image)] { return store.forget_brought(image); };
    co_return co_await disk_.run(std::move(work));
}

} // namespace agent::image
