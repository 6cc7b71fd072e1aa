#pragma once
// Role: the introspection server (51678; http-contract 10): what runs on this host, for host
//   processes and monitoring agents; and /healthz, which is ours.
// Threading: the loop thread. Failure: none; errors are answers.

#include "handlers/body_cache.hpp"
#include "handlers/http/application.hpp"
#include "handlers/introspection/health.hpp"

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
    /// `world` and `health` must outlive it; `license` is the text of /license.
    IntrospectionApi(model::World& world, HealthSource& health, std::string license);

    base::Async<http::Response> answer(http::Request& request) override;
    http::Response failure() const override;
    std::string loggable_path(const http::Target& target) const override;

    /// The paths of the table, in order; every other path is answered with the index.
    static std::vector<std::string_view> routes();

private:
    BodyCache bodies_;
    Context context_;
};

} // namespace handlers::introspection
