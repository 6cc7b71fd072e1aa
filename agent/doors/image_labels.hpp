#pragma once
// Role: how images are labelled, by their ids, for who has to tell a container's own labels from its
//   image's. The engine is asked once for each image, one image after the other, and what it has told is
//   remembered as long as a container has the image: labels of an id never change.
// Owner: the registrar. Threading: the loop thread.
// Failure: where the engine cannot tell, that is logged once for each image, and it is asked again after
//   5 s, later each time up to 5 min. An image that is gone is said to be, once, and asked for again only
//   when somebody names it, not more often than once a minute.

#include "agent/docker/client.hpp"
#include "base/async.hpp"

#include <chrono>
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
    /// Has the engine asked, unless it has told already.
    void learn(const std::string& image_id);
    /// No container has the image any more.
    void forget(const std::string& image_id);
    /// Ends what is under way.
    base::Async<void> stop();

private:
    using Clock = std::chrono::steady_clock;
    struct Known {
        std::optional<docker::StringMap> labels; ///< nothing: the image is gone
        Clock::time_point told;
    };
    struct Question {
        Clock::time_point due;
        std::chrono::seconds pause{}; ///< behind the last failure; zero: it has not failed
    };

    base::Async<void> ask_all();
    base::Async<void> ask(std::string image_id);
    void put_off(const std::string& image_id, const base::Error& why);
    void remember(const std::string& image_id, std::optional<docker::StringMap> labels);

    docker::Client& docker_;
    std::function<void(const std::string&)> on_learned_;
    std::map<std::string, Known> known_;        ///< by image id
    std::map<std::string, Question> questions_; ///< the same
    bool asking_ = false;
    base::Notifier wanted_;
    base::TaskGroup tasks_;
};

} // namespace agent::doors
