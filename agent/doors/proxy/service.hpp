#pragma once
// What all sessions of the proxy share. Owned by the proxy; loop thread.

#include "agent/doors/proxy/completions.hpp"
#include "agent/doors/proxy/counters.hpp"
#include "agent/doors/proxy/settings.hpp"
#include "base/async.hpp"
#include "base/empty_at_end.hpp"

#include <vector>

namespace agent::doors::proxy {

struct Service {
    Service(base::Executor executor, Settings proxy_settings, Completer& completer)
        : loop(executor),
          settings(std::move(proxy_settings)),
          completions(executor, completer, settings.limits),
          tasks(executor),
          turn(turn_bytes) {}
    /// When every session has given up what it keeps.
    ~Service() { base::assert_empty_at_end("bytes kept for creates", kept_for_creates); }
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    base::Executor loop;
    const Settings settings;
    Completions completions;
    Counters counters;
    std::size_t kept_for_creates = 0; ///< bytes, by all sessions
    base::TaskGroup tasks;            ///< of the sessions
    bool engine_is_away = false;      ///< the log says so
    /// What is read is read into here, by whoever's turn it is, and is gone at its next wait: idle
    /// connections have no buffers.
    std::vector<char> turn;
};

} // namespace agent::doors::proxy
