#pragma once
// Finds out whether an image has a file where the metadata directory would be bound, which would
// keep the container from starting. Docker tells this only of containers, so a throw-away one is
// made, once an image, and removed for as long as that takes. Loop thread; end() comes before its own
// end.

#include "agent/docker/client.hpp"
#include "base/async.hpp"
#include "base/error.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace agent::containers {

class ImageProbe {
public:
    ImageProbe(base::Executor loop, docker::Client& docker)
        : docker_(docker), probed_(loop), removals_(std::move(loop)) {}
    ~ImageProbe();
    ImageProbe(const ImageProbe&) = delete;
    ImageProbe& operator=(const ImageProbe&) = delete;

    /// The first path above the container's metadata directory at which the image has something
    /// other than a directory; nothing when the way is free. Docker's errors. The throw-away
    /// container's removal is not waited for, and may fail.
    base::Async<base::Result<std::optional<std::string>>>
    file_in_the_way(std::string image, std::string image_id, std::string container_name);

    /// Begins to remove the throw-away containers that an earlier run has left. Docker's errors when
    /// it cannot list them.
    base::Async<base::Result<>> remove_leftovers();

    /// Waits for the removals that are under way; false when the limit passed before: then they are
    /// given up, and the next start finds what is left. Nothing may be asked afterwards.
    base::Async<bool> end(std::chrono::steady_clock::duration limit);

private:
    /// What is in the way, and whether it is so for containers of every name.
    struct Answer {
        std::optional<std::string> file;
        bool for_every_name = false;
    };
    base::Async<base::Result<Answer>> ask(std::string image, std::string container_name);
    base::Async<base::Result<Answer>> probe(std::string container_id, std::string container_name);
    const Answer* find_answer(const std::string& image_id, const std::string& container_name) const;
    void remove_soon(const std::string& container, std::chrono::seconds may_appear_for);
    base::Async<void> remove_until_gone(std::string container,
                                        std::chrono::steady_clock::time_point may_appear_until);

    docker::Client& docker_;
    /// By image id and container name, which is "" where the answer is for every name.
    std::map<std::pair<std::string, std::string>, Answer> answers_;
    std::set<std::string> probing_; ///< image ids: one probe of an image at a time
    base::Notifier probed_;
    std::set<std::string> removing_; ///< ids, or names where no id was told
    base::TaskGroup removals_;
};

} // namespace agent::containers
