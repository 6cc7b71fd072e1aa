#pragma once
// Role: the server that containers ask (169.254.170.2:80 → 51679): the route table of the task
//   metadata versions 2, 3 and 4, stats, credentials and the agent API (http-contract 2), and how
//   often may be asked (6).
// Threading: the loop thread. Failure: none; errors are answers.

#include "handlers/body_cache.hpp"
#include "handlers/caller.hpp"
#include "handlers/http/application.hpp"
#include "handlers/metadata/context.hpp"
#include "handlers/newcomers.hpp"
#include "handlers/pending_changes.hpp"
#include "handlers/request_budgets.hpp"

#include <string_view>
#include <vector>

namespace handlers {

/// Whether containers may ask for their role's credentials by their address alone.
enum class LocalEndpoints { off, on };

class TaskApi : public http::Application {
public:
    /// What it answers from beside the World; all must outlive it.
    struct Sources {
        CallerFinder& callers;
        PendingChanges& pending;
        Newcomers& newcomers;
        StatsSource& stats;
        ProtectionKeeper& protection;
        CredentialsSource& credentials;
        AuditLog& audit;
    };

    TaskApi(model::World& world, const Sources& sources, const RequestLimits& limits = {},
            LocalEndpoints local = LocalEndpoints::off);

    base::Async<http::Response> answer(http::Request& request) override;
    http::Response failure() const override;
    /// Endpoint ids are cut to eight characters, credentials ids left out.
    std::string loggable_path(const http::Target& target) const override;

    /// A row of the table; the method is "" where any is taken.
    struct Route {
        std::string_view method;
        std::string_view pattern;

        auto operator<=>(const Route&) const = default;
    };
    /// The table with the local endpoints, in order.
    static std::vector<Route> routes();

private:
    /// Whether something is on its way about the subject that is worth waiting for.
    bool is_due(const ResolvedRequest& asked) const;
    /// Whether it is about a container that was given its id and that nobody has seen.
    bool is_newcomer(const ResolvedRequest& asked) const;
    /// Waits until that has come, and for an address that nobody has yet.
    base::Async<void> catch_up(ResolvedRequest& asked);

    /// Fault injection has a second limit, which the headers tell behind the first.
    http::Response answer_fault(const ResolvedRequest& asked, const RateLimit*& limit);

    /// Whoever asks too often is in the audit log, whatever it asks for.
    void audit_refusal(const ResolvedRequest& asked, unsigned status);

    const model::World& world_;
    BodyCache bodies_;
    metadata::Context context_;
    CallerFinder& callers_;
    PendingChanges& pending_;
    Newcomers& newcomers_;
    RequestBudgets budgets_;
    const std::size_t rows_; ///< of the table, from its beginning
};

} // namespace handlers
