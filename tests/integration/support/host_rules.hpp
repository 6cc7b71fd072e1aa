#pragma once
// What a host says of containers that no task definition declares, and keys for the roles that it gives.

#include "tests/integration/support/agent.hpp"

#include <sys/stat.h>

#include <fstream>
#include <string>

namespace integration {

/// Before the agent starts: every role has these keys.
inline void put_static_keys(const Agent& agent, const std::string& access_key,
                            const std::string& secret_key) {
    const auto keys = agent.directory() + "/keys.json";
    std::ofstream(keys) << R"({"AccessKeyId": ")" << access_key << R"(", "SecretAccessKey": ")"
                        << secret_key << R"("})";
    ::chmod(keys.c_str(), 0600);
    std::ofstream(agent.credentials_file())
        << "providers: {keys: {type: static, file: " << keys << "}}\ndefault: keys\n";
}

inline void put_rules(const Agent& agent, const std::string& yaml) {
    std::ofstream(agent.host_file()) << yaml;
    ::chmod(agent.host_file().c_str(), 0644);
}

} // namespace integration
