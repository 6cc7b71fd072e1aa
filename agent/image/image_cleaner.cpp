#include "agent/image/image_cleaner.hpp"

#include "agent/image/registry_name.hpp"
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

/// Times of use are stored so often: they only say which image has been unused for longest.
constexpr auto between_notes = std::chrono::minutes(5);

/// Digests of the repository that it was pulled from are of that pull.
bool is_without_others_name(const docker::ImageInspect& image, const std::string& reference) {
    const auto repository = recorded_repository(reference);
    return image.repo_tags.empty() &&
           std::ranges::all_of(image.repo_digests, [&](const auto& digest) {
               return recorded_repository(digest) == repository;
           });
}

bool ends_the_turn(const Error& error) {
    return error.code() == Errc::unavailable || error.code() == Errc::cancelled;
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
                return written_out(container.image) == written_out(image.reference);
            return container.image_id == image.image_id;
        });
    });
}

/// The longest unused first. Those that are used are noted to be, those that are gone forgotten: the next
/// image of their id is somebody else's.
Async<Result<ImageCleaner::Images>> ImageCleaner::unused_images() {
    auto load = [&store = store_] { return store.brought_images(); };
    CO_TRY(auto brought, co_await disk_.read(std::move(load)));
    Images unused;
    if (brought.empty())
        co_return unused;
    CO_TRY(const auto here, co_await docker_.list_image_ids());
    std::vector<std::string> no_labels;
    CO_TRY(const auto containers, co_await docker_.list_containers(true, std::move(no_labels)));
    std::set<std::string> in_containers;
    for (const auto& container : containers)
        in_containers.insert(container.image_id);
    const auto now = base::now();
    Images used;
    Images gone;
    for (auto& image : brought) {
        const bool in_use = in_containers.contains(image.image_id) || is_used(image);
        if (!here.contains(image.image_id))
            gone.push_back(std::move(image));
        else if (!in_use)
            unused.push_back(std::move(image));
        else if (now - image.used_at >= between_notes)
            used.push_back(std::move(image));
    }
    auto note = [&store = store_, used = std::move(used), gone = std::move(gone), now] {
        return store.note_images(used, now, gone);
    };
    CO_TRY(co_await disk_.run(std::move(note)));
    std::ranges::stable_sort(unused, {}, &state::BroughtImage::used_at);
    co_return unused;
}

Async<Result<std::size_t>> ImageCleaner::clean() {
    const auto stop = co_await base::stop_token();
    CO_TRY(const auto unused, co_await unused_images());
    std::set<std::string> kept_names;
    for (const auto& reference : settings_.kept)
        kept_names.insert(written_out(reference));
    std::set<std::string> kept;
    for (const auto& image : unused)
        if (kept_names.contains(written_out(image.reference)))
            kept.insert(image.image_id);
    std::set<std::string> removed;
    for (const auto& image : unused) {
        const bool is_full =
            removed.size() >= settings_.most_at_once && !removed.contains(image.image_id);
        if (is_full || stop.requested())
            break;
        if (kept.contains(image.image_id) || base::now() - image.pulled_at < settings_.minimum_age)
            continue;
        const auto is_removed = co_await remove(image);
        if (!is_removed && ends_the_turn(is_removed.error()))
            co_return is_removed.error();
        if (!is_removed)
            tell_stuck(image, is_removed.error());
        else if (*is_removed)
            removed.insert(image.image_id);
    }
    co_return removed.size();
}

/// Once for each reason: a container that was made just now, an image that was built on it, an engine that
/// fails at it. The others go all the same.
void ImageCleaner::tell_stuck(const state::BroughtImage& image, const Error& why) {
    if (std::exchange(told_[image.image_id], why.what()) != why.what())
        log::info("an unused image cannot be removed, trying again later",
                  {{"image", image.reference}, log::why(why)});
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
        if (!found || !is_without_others_name(*found, image.reference)) {
            CO_TRY(co_await forget(image));
            co_return false;
        }
    }
    // A task may have come meanwhile.
    if (is_used(image))
        co_return false;
    CO_TRY(co_await puller_.remove(name));
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
