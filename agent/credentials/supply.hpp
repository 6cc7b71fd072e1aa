#pragma once
// Role: keeps the credentials behind one id: fetches them as soon as there is such an id, again long
//   before they expire, and has the answer ready that is given for them.
// Threading: the loop thread. Its run() is a task that keeps it alive; whoever asks only reads.
// Failure: what is still valid goes on being given while a fetch fails; the reason is logged once,
//   and that it is over.

#include "agent/credentials/provider.hpp"
#include "agent/credentials/refresh_schedule.hpp"
#include "handlers/http/message.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace agent::credentials {

class Supply {
public:
    Supply(base::Executor loop, ProviderPtr provider, RoleRequest request);

    /// Until end(), or the task is cancelled.
    static base::Async<void> run(std::shared_ptr<Supply> self);
    /// There is no such id any more: what is there is wiped.
    void end();
    /// Keys come from somewhere else from now on; what is valid is given until they are there.
    void use(ProviderPtr provider);

    /// What is valid at this moment; null when there is nothing.
    handlers::http::SharedBody body();
    /// Waits until there is something, or the limit passes.
    base::Async<void> wait_for_body(std::chrono::steady_clock::duration limit);
    /// When asking again may help: 1 s or more.
    std::chrono::seconds retry_after() const;

private:
    base::Async<void> fetch();
    void hold(const Keys& keys, base::Time now);
    void note_failure(const base::Error& failure, base::Time now);

    ProviderPtr provider_;
    RoleRequest request_;
    RefreshSchedule schedule_;
    handlers::http::SharedBody body_;
    base::Time valid_until_{};
    std::string last_failure_; ///< not said again
    base::Notifier fetched_;   ///< for those who ask
    base::Notifier wanted_;    ///< for run()
    bool fetching_ = false;
    bool ended_ = false;
};

} // namespace agent::credentials
