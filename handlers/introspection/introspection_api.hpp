#pragma once
// Role: the introspection server (51678; http-contract 10): what runs on this host, for host
//   processes and monitoring agents; and /healthz, which is ours.
// Threading: the loop thread. Failure: none; errors are answers.

#include "handlers/body_cache.hpp"
#include "handlers/caller.hpp"
#include "handlers/http/application.hpp"
#include "handlers/introspection/health.hpp"
#include "handlers/pending_changes.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace handlers::introspection {

/// What the handlers work with.
struct Context {
    const model::World& world;
    HealthSource& health;
    BodyCache& bodies;
    std::string license;
    /// The whole list, and the World's generation that it was made from.
    http::SharedBody task_list;
    std::uint64_t task_list_generation = 0;
};

class IntrospectionApi : public http::Application {
public:
    /// What it answers from beside the World; all must outlive it.
    struct Sources {
        CallerFinder& callers;
        PendingChanges& pending;
        HealthSource& health;
    };

    /// `license` is the text of /license.
    IntrospectionApi(model::World& world, const Sources& sources, std::string license);

    base::Async<http::Response> answer(http::Request& request) override;
    http::Response failure() const override;
    std::string loggable_path(const http::Target& target) const override;

    /// The paths of the table, in order; every other path is answered with the index.
    static std::vector<std::string_view> routes();

private:
    base::Async<void> catch_up(const http::Request& request);

    BodyCache bodies_;
    Context context_;
    CallerFinder& callers_;
    PendingChanges& pending_;
};

} // namespace handlers::introspection
