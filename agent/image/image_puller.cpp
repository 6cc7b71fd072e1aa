#include "agent/image/image_puller.hpp"

#include "agent/image/pull_progress.hpp"
#include "agent/image/registry_name.hpp"
#include "base/empty_at_end.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace agent::image {

namespace log = base::log;
using base::Async;
using base::Errc;
using base::Error;
using base::Result;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto ping_limit = std::chrono::seconds(5);

/// As ECS names it; what is said of the engine itself, and to us, keeps its own words.
Error named(const Error& error, std::string_view reason) {
    const auto code = error.code();
    if (code == Errc::unavailable || code == Errc::cancelled)
        return error;
    return Error(code, "CannotPullContainerError: " + std::string(reason) + ": " + error.what());
}

std::string_view reason_of(Errc code, bool with_login) {
    switch (code) {
    case Errc::permission:
        return with_login ? "the registry refuses the login"
                          : "the registry wants a login, and none is known for it";
    case Errc::not_found: return "there is no such image or tag in the registry";
    case Errc::timeout: return "the registry does not answer in time";
    case Errc::io: return "the registry cannot be reached";
    case Errc::exhausted: return "the registry was asked too often";
    case Errc::invalid_argument: return "the reference is wrong";
    default: return "the pull failed";
    }
}

void say_start(const std::string& task_arn, const std::string& reference, bool with_login) {
    log::info("pulling an image",
              {{"task", task_arn}, {"image", reference}, {"login", with_login ? "yes" : "no"}});
}

void say_progress(const std::string& reference, const PullProgress& progress) {
    log::info("still pulling an image", {{"image", reference},
                                         {"layers_done", progress.layers_done()},
                                         {"layers", progress.layers()},
                                         {"megabytes", progress.megabytes()},
                                         {"seconds", progress.seconds(Clock::now())}});
}

void say_end(const std::string& reference, const PullProgress& progress) {
    log::info("pulled an image", {{"image", reference},
                                  {"layers", progress.layers()},
                                  {"megabytes", progress.megabytes()},
                                  {"seconds", progress.seconds(Clock::now())}});
}

} // namespace

/// A pull while it runs; owned by its own task and by those who wait for it. The last of them waits
/// for its end.
struct ImagePuller::Pull {
    Pull(base::Executor loop, std::string task_arn, std::string image)
        : task(std::move(task_arn)), reference(std::move(image)), ended(loop), group(loop) {}

    std::string task; ///< that asked first
    std::string reference;
    std::size_t waiting = 0;
    std::optional<Result<docker::ImageInspect>> outcome;
    base::Notifier ended;
    base::TaskGroup group; ///< the pull alone
};

ImagePuller::ImagePuller(base::Executor loop, docker::Client& docker,
                         RegistryCredentials& credentials, PullerSettings settings)
    : loop_(std::move(loop)),
      docker_(docker),
      credentials_(credentials),
      settings_(std::move(settings)),
      removed_(loop_) {}

ImagePuller::~ImagePuller() {
    base::assert_empty_at_end("image pulls", pulls_.size());
    base::assert_empty_at_end("removals of images", removals_.size());
}

Async<Result<docker::ImageInspect>> ImagePuller::ensure(std::string task_arn, std::string reference,
                                                        std::function<void()> pull_begins,
                                                        std::optional<Login> login) {
    co_await wait_for_removal(reference);
    CO_TRY(auto present, co_await inspect(reference));
    ImageFacts facts;
    if (present)
        facts = co_await facts_of(*present, reference);
    const auto decision = decide(settings_.behavior, facts);
    if (decision == PullDecision::skip)
        co_return std::move(*present);
    if (pull_begins)
        pull_begins();
    std::optional<Result<docker::ImageInspect>> outcome;
    if (login) {
        auto own = co_await pull_with(task_arn, reference, std::move(*login));
        outcome.emplace(std::move(own));
    } else {
        auto shared = co_await share_pull(task_arn, reference);
        outcome.emplace(std::move(shared));
    }
    auto& pulled = *outcome;
    if (pulled)
        co_return std::move(*pulled);
    const auto code = pulled.error().code();
    const bool goes_on = decision == PullDecision::pull_or_use_cached &&
                         code != Errc::unavailable && code != Errc::cancelled;
    if (!goes_on)
        co_return pulled.error();
    log::warn("cannot pull an image; going on with the one that is here",
              {{"task", task_arn}, {"image", reference}, log::why(pulled.error())});
    co_return std::move(*present);
}

Async<Result<bool>> ImagePuller::remove(std::string image) {
    const auto name = written_out(image);
    removals_.insert(name);
    auto removed = co_await docker_.remove_image(std::move(image));
    removals_.erase(name);
    removed_.notify_all();
    co_return removed;
}

Async<void> ImagePuller::wait_for_removal(std::string reference) {
    const auto stop = co_await base::stop_token();
    const auto name = written_out(reference);
    while (removals_.contains(name) && !stop.requested())
        co_await removed_.wait_for(std::chrono::minutes(1));
}

Async<Result<ImagePuller::Present>> ImagePuller::inspect(std::string reference) {
    auto image = co_await docker_.inspect_image(reference);
    if (!image)
        co_return named(image.error(), reason_of(image.error().code(), false));
    co_return std::move(*image);
}

Async<ImageFacts> ImagePuller::facts_of(const docker::ImageInspect& image, std::string reference) {
    Traces traces;
    traces.has_repo_digests = !image.repo_digests.empty();
    traces.every_image_has_digests = every_image_has_digests_;
    if (image.pulled_from)
        traces.recorded_by_engine =
            std::ranges::find(*image.pulled_from, recorded_repository(reference)) !=
            image.pulled_from->end();
    const bool matters = settings_.behavior == config::PullBehavior::once ||
                         (every_image_has_digests_ && !traces.recorded_by_engine);
    if (matters) {
        auto asked = settings_.pulled_before(reference);
        traces.pulled_before = co_await std::move(asked);
    }
    ImageFacts facts;
    facts.present = true;
    facts.from_registry = is_from_registry(traces);
    facts.by_digest = is_by_digest(reference);
    facts.pulled_before = traces.pulled_before;
    co_return facts;
}

Async<Result<docker::ImageInspect>> ImagePuller::share_pull(std::string task_arn,
                                                            std::string reference) {
    std::shared_ptr<Pull> pull;
    if (const auto running = pulls_.find(reference); running != pulls_.end()) {
        pull = running->second;
    } else {
        pull = std::make_shared<Pull>(loop_, task_arn, reference);
        pulls_.emplace(reference, pull);
        pull->group.spawn("pull", run(pull));
    }
    ++pull->waiting;
    const auto stop = co_await base::stop_token();
    while (!pull->outcome && !stop.requested())
        co_await pull->ended.wait_for(std::chrono::minutes(1));
    if (--pull->waiting == 0) {
        if (!pull->outcome) {
            pulls_.erase(reference);
            pull->group.cancel();
        }
        for (bool ended = false; !ended;)
            ended = co_await pull->group.wait(std::chrono::minutes(1));
    }
    if (!pull->outcome || stop.requested())
        co_return Error(Errc::cancelled, "pull " + reference + ": nobody wants it any more");
    co_return *pull->outcome;
}

Async<void> ImagePuller::run(std::shared_ptr<Pull> pull) {
    auto header = co_await credentials_.header_for(pull->reference);
    auto outcome = co_await pull_now(pull->task, pull->reference, std::move(header));
    pull->outcome.emplace(std::move(outcome));
    const auto entry = pulls_.find(pull->reference);
    if (entry != pulls_.end() && entry->second == pull)
        pulls_.erase(entry);
    pull->ended.notify_all();
}

Async<Result<docker::ImageInspect>> ImagePuller::pull_with(std::string task_arn,
                                                           std::string reference, Login login) {
    std::optional<std::string> header = auth_header(login, registry_of(reference));
    auto outcome = co_await pull_now(task_arn, reference, std::move(header));
    co_return outcome;
}

Async<Result<docker::ImageInspect>> ImagePuller::pull_now(std::string task_arn,
                                                          std::string reference,
                                                          std::optional<std::string> header) {
    // Under whatever name: what is here is not brought by who gives it another.
    const auto here_before = co_await docker_.list_image_ids();
    const bool with_login = header.has_value();
    say_start(task_arn, reference, with_login);
    PullProgress progress(Clock::now());
    docker::Progress follow = [&](const docker::ProgressLine& line) {
        if (progress.add(line, Clock::now()))
            say_progress(reference, progress);
    };
    const auto pulled =
        co_await docker_.pull_image(reference, std::move(header), std::move(follow));
    if (!pulled) {
        auto failure = pulled.error();
        auto explained = co_await explain(std::move(failure), with_login);
        co_return explained;
    }
    say_end(reference, progress);
    auto image = co_await inspect(reference);
    Pulled what;
    what.reference = reference;
    if (image && *image) {
        what.image_id = (*image)->id;
        what.brought = here_before && !here_before->contains(what.image_id);
    }
    // That it was pulled is true, whatever the engine says of it now.
    auto recorded = settings_.record_pull(std::move(what));
    co_await std::move(recorded);
    if (!image)
        co_return image.error();
    if (!*image)
        co_return Error(Errc::not_found,
                        "CannotPullContainerError: " + reference + " is gone after its pull");
    co_return std::move(**image);
}

/// Silence may be the registry's or the engine's; for the engine we wait, so it is asked.
Async<Error> ImagePuller::explain(Error error, bool with_login) {
    if (error.code() == Errc::timeout) {
        const auto alive = co_await docker_.ping(ping_limit);
        if (!alive)
            co_return Error(alive.error().code() == Errc::cancelled ? Errc::cancelled
                                                                    : Errc::unavailable,
                            error.what() + "; Docker Engine does not answer either");
    }
    co_return named(error, reason_of(error.code(), with_login));
}

} // namespace agent::image
