#pragma once
// Brings an image to this host before a container is made of it. Tasks that want the same image at
// once share one pull. Loop thread; destroy it when nobody waits for it.

#include "agent/config/choices.hpp"
#include "agent/docker/client.hpp"
#include "agent/image/login.hpp"
#include "agent/image/pull_decision.hpp"
#include "agent/image/registry_credentials.hpp"
#include "base/async.hpp"
#include "base/error.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace agent::image {

/// A pull that has succeeded.
struct Pulled {
    std::string reference;
    std::string image_id; ///< "" where the engine did not tell
    bool brought = false; ///< it was not here before, under no name
};

struct PullerSettings {
    config::PullBehavior behavior = config::PullBehavior::default_;
    /// Whether record_pull() was called for this reference, in this or an earlier life of the
    /// agent; asked only where it matters.
    std::function<base::Async<bool>(std::string reference)> pulled_before;
    std::function<base::Async<void>(Pulled pulled)> record_pull;
};

class ImagePuller {
public:
    ImagePuller(base::Executor loop, docker::Client& docker, RegistryCredentials& credentials,
                PullerSettings settings);
    /// When nobody waits for an image any more.
    ~ImagePuller();

    /// What the engine's info decides: whether its digests tell what was made here.
    void set_engine_info(const docker::EngineInfo& info) {
        every_image_has_digests_ = info.every_image_has_digests;
    }

    /// The image, pulled if the settings ask for it; `pull_begins` may be empty and is called when
    /// they do. The task's ARN is for the log. A pull ends when all who wait for it are cancelled. With a
    /// login of the task's own it is shared with nobody; without, the host's logins serve.
    ///
    /// unavailable: Docker Engine itself is away; cancelled. All else begins with
    /// "CannotPullContainerError: " and what it was: permission (the registry refuses the login, or
    /// wants one), not_found (no such image or tag), timeout (the registry does not answer, or the
    /// pull stands still), io (the registry cannot be reached), exhausted (it was asked too often),
    /// invalid_argument (a wrong reference), internal.
    base::Async<base::Result<docker::ImageInspect>>
    ensure(std::string task_arn, std::string reference, std::function<void()> pull_begins,
           std::optional<Login> login = std::nullopt);

    /// Removes an image by its reference or id. Who wants it meanwhile waits, and pulls it anew. False when
    /// it was gone already; the client's errors, conflict while a container uses it.
    base::Async<base::Result<bool>> remove(std::string image);

private:
    struct Pull;
    using Present = std::optional<docker::ImageInspect>;

    base::Async<base::Result<Present>> inspect(std::string reference);
    base::Async<ImageFacts> facts_of(const docker::ImageInspect& image, std::string reference);
    base::Async<void> wait_for_removal(std::string reference);
    base::Async<base::Result<docker::ImageInspect>> share_pull(std::string task_arn,
                                                               std::string reference);
    base::Async<base::Result<docker::ImageInspect>> pull_with(std::string task_arn,
                                                              std::string reference, Login login);
    base::Async<void> run(std::shared_ptr<Pull> pull);
    base::Async<base::Result<docker::ImageInspect>>
    pull_now(std::string task_arn, std::string reference, std::optional<std::string> header);
    base::Async<base::Error> explain(base::Error error, bool with_login);

    base::Executor loop_;
    docker::Client& docker_;
    RegistryCredentials& credentials_;
    PullerSettings settings_;
    bool every_image_has_digests_ = false;
    std::map<std::string, std::shared_ptr<Pull>> pulls_; ///< that newcomers may join, by reference
    std::set<std::string> removals_;                     ///< under way, written out
    base::Notifier removed_;
};

} // namespace agent::image
