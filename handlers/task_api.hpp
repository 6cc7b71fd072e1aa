#pragma once
// Role: the server that containers ask (169.254.170.2:80 → 51679): the route table of the task
//   metadata versions 2, 3 and 4 (http-contract 2 and 4).
// Threading: the loop thread. Failure: none; errors are answers.

#include "handlers/body_cache.hpp"
#include "handlers/caller.hpp"
#include "handlers/http/application.hpp"
#include "handlers/metadata/context.hpp"

#include <string_view>
#include <vector>

namespace handlers {

class TaskApi : public http::Application {
public:
    /// Both must outlive it.
    TaskApi(model::World& world, CallerFinder& callers);

    base::Async<http::Response> answer(http::Request& request) override;
    http::Response failure() const override;
    /// Endpoint ids are cut to eight characters, credentials ids left out.
    std::string loggable_path(const http::Target& target) const override;

    /// The patterns of the table, in order.
    static std::vector<std::string_view> routes();

private:
    BodyCache bodies_;
    metadata::Context context_;
};

} // namespace handlers
