#pragma once
// Role: what images are called and how they are labelled, by their ids, for who may not ask the engine: it
//   tells what was learned before. Images are learned when they are named, beside whatever goes on.
// Owner: the daemon. Threading: the loop thread; one image is asked for at a time.
// Failure: an image that the engine does not tell of stays unknown; the next who names it has it asked for
//   again.

#include "agent/docker/client.hpp"
#include "base/async.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace agent::doors::nri {

class ImageNames {
public:
    /// Images that are remembered at most; who has not been learned for longest goes first.
    static constexpr std::size_t most = 1000;

    /// `docker` outlives it.
    ImageNames(base::Executor loop, docker::Client& docker);

    struct Image {
        std::vector<std::string> names; ///< its tags, or where it has none its id
        docker::StringMap labels;
    };

    /// What was learned of "sha256:…"; null when nothing was. Valid until the loop goes on.
    const Image* find(const std::string& id) const;
    /// Has the engine asked, unless that was done within the last minute. What is no id is ignored.
    void learn(const std::string& id);
    /// Ends what is under way.
    base::Async<void> stop();

private:
    struct Known {
        Image image;
        std::chrono::steady_clock::time_point learned;
    };

    base::Async<void> ask();
    void remember(const std::string& id, const docker::ImageInspect& image);

    docker::Client& docker_;
    std::map<std::string, Known> known_; ///< by id
    std::set<std::string> wanted_;
    bool asking_ = false;
    base::TaskGroup tasks_;
};

} // namespace agent::doors::nri
