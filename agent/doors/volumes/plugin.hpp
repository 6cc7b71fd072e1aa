#pragma once
// Role: answers what Docker's engine asks of the volume driver "ecs-metadata". Owner: the daemon. Threading:
//   the loop thread. Failure: is told to the engine in its own form, {"Err": "…"}, which it shows to whoever
//   wanted the volume; of what is no call with another status than 200 as well.

#include "agent/doors/volumes/volumes.hpp"
#include "base/async.hpp"
#include "handlers/http/message.hpp"

namespace agent::doors::volumes {

struct Call;

class Plugin {
public:
    /// `volumes` must outlive it. `is_driver`: else it says that it implements nothing, and the engine, which
    /// would wait at its socket without end, asks no more.
    explicit Plugin(Volumes& volumes, bool is_driver = true)
        : volumes_(volumes), is_driver_(is_driver) {}

    /// The request lives until it is answered.
    base::Async<handlers::http::Response> answer(const handlers::http::Request& request);

private:
    base::Async<std::string> perform(Call call);
    std::string list() const;

    Volumes& volumes_;
    const bool is_driver_;
};

} // namespace agent::doors::volumes
