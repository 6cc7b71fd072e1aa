#pragma once
// Role: how images are labelled, by their ids, for who has to tell a container's own labels from its
//   image's. The engine is asked once for each image, a few images at a time, and what it has told is
//   remembered as long as a container has the image: labels of an id never change.
// Owner: the registrar. Threading: the loop thread.
// Failure: where the engine cannot tell, that is logged once for each image, and it is asked again after
//   5 s, later each time up to 5 min, but for an engine that is away. An image that is gone is said to be,
//   once, and asked for again only when somebody names it, not more often than once a minute.

#include "agent/docker/client.hpp"
#include "base/async.hpp"
#include "base/slots.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace agent::doors {

class ImageLabels {
public:
    /// `docker` outlives it. `on_learned` is told of each image of which find() knows the labels now.
    ImageLabels(base::Executor loop, docker::Client& docker,
                std::function<void(const std::string& image_id)> on_learned);

    /// Null where they are not known, or not yet. Valid until the loop goes on.
    const docker::StringMap* find(const std::string& image_id) const;
    /// Has the engine asked, unless it has told already, or all is ending.
    void learn(const std::string& image_id);
    /// No container has the image any more.
    void forget(const std::string& image_id);
    /// Ends what is under way; nothing is asked any more.
    base::Async<void> stop();

private:
    using Clock = std::chrono::steady_clock;
    struct Known {
        std::optional<docker::StringMap> labels; ///< nothing: the image is gone
        Clock::time_point told;
    };
    struct Question {
        std::uint64_t number = 0;     ///< of all that were asked
        std::chrono::seconds pause{}; ///< behind the last failure; zero: it has not failed
    };

    base::Async<void> ask_until_told(std::string image_id, std::uint64_t number);
    bool is_wanted(const std::string& image_id, std::uint64_t number) const;
    base::Async<base::Result<std::optional<docker::ImageInspect>>> ask(std::string image_id);
    std::chrono::seconds put_off(const std::string& image_id, const base::Error& why);
    void remember(const std::string& image_id, std::optional<docker::StringMap> labels);

    docker::Client& docker_;
    std::function<void(const std::string&)> on_learned_;
    std::map<std::string, Known> known_;        ///< by image id
    std::map<std::string, Question> questions_; ///< the same
    std::uint64_t asked_ = 0;
    bool stopped_ = false;
    base::Slots slots_;
    base::TaskGroup tasks_;
};

} // namespace agent::doors
