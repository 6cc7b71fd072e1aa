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
    /// `volumes` must outlive it.
    explicit Plugin(Volumes& volumes) : volumes_(volumes) {}

    /// The request lives until it is answered.
    base::Async<handlers::http::Response> answer(const handlers::http::Request& request);

private:
    base::Async<std::string> perform(Call call);
    std::string list() const;

    Volumes& volumes_;
};

} // namespace agent::doors::volumes
