// The credentials file (agent/credentials/configuration): what is taken names only providers that are
// there, sources that lead to an end, and a decision about every role; a refusal is one short line.

#include "agent/credentials/configuration.hpp"
#include "base/text.hpp"
#include "tests/fuzz/support.hpp"

namespace {

using namespace agent::credentials;
using base::matches;
using fuzz::require;
using Kind = Decision::Kind;

const std::string* source_of(const ProviderSpec& provider) {
    if (const auto* role = std::get_if<AssumeRoleSpec>(&provider))
        return &role->source;
    if (const auto* session = std::get_if<SessionTokenSpec>(&provider))
        return &session->source;
    return nullptr;
}

void check_sources(const Configuration& configuration) {
    for (const auto& [name, provider] : configuration.providers) {
        const auto* source = source_of(provider);
        for (int steps = 0; source != nullptr; ++steps) {
            const auto found = configuration.providers.find(*source);
            require(found != configuration.providers.end(), "a source that is not there");
            require(steps < 8, "sources without an end");
            const auto* role = std::get_if<AssumeRoleSpec>(&found->second);
            require(role == nullptr || !role->role.empty(), "a source for whatever role");
            source = source_of(found->second);
        }
    }
}

void check_limits(const ProviderSpec& provider) {
    if (const auto* process = std::get_if<ProcessSpec>(&provider)) {
        require(!process->command.empty() && process->command.front().starts_with('/'),
                "a program that is searched for");
        require(process->timeout.count() >= 1 && process->timeout.count() <= 20, "a timeout");
    }
    if (const auto* role = std::get_if<AssumeRoleSpec>(&provider)) {
        require(role->duration.count() >= 900 && role->duration.count() <= 43200, "a duration");
        for (const auto& key : role->transitive_tags)
            require(role->session_tags.contains(key), "a transitive tag that is none");
    }
    if (const auto* session = std::get_if<SessionTokenSpec>(&provider))
        require(session->duration.count() >= 900 && session->duration.count() <= 129600,
                "a duration");
}

void check_decision(const Configuration& configuration, std::string_view role) {
    const auto decision = decide(configuration, role);
    require((decision.kind == Kind::provided) ==
                configuration.providers.contains(std::string(decision.provider)),
            "a provider that is not there");
    bool is_denied = false;
    for (const auto& pattern : configuration.deny)
        is_denied = is_denied || matches(pattern, role);
    require((decision.kind == Kind::denied) == is_denied, "deny does not come first");
    require(decision.kind != Kind::no_provider || configuration.default_provider.empty(),
            "the default is not for all");
}

void check_pattern(std::string_view pattern) {
    // Itself, with something for each of its signs.
    std::string text;
    for (const char c : pattern)
        if (c == '*')
            text += "ab";
        else
            text += c == '?' ? 'x' : c;
    require(matches(pattern, text), "a pattern does not fit what it describes");
    require(matches("*", text) && matches("*" + std::string(pattern) + "*", "y" + text + "z"),
            "a star is not any text");
    require(matches(pattern, text + "\n") == (pattern.back() == '*') || pattern.back() == '?',
            "a pattern fits more than it describes");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto yaml = fuzz::text_of(data, size);
    const auto configuration = parse_configuration(yaml);
    if (!configuration) {
        const std::string what = configuration.error().what();
        require(!what.empty() && what.find('\n') == std::string::npos, "no line: " + what);
        require(what.size() < 8192, "a long line");
        return 0;
    }
    check_sources(*configuration);
    for (const auto& [name, provider] : configuration->providers) {
        require(!name.empty(), "a provider without a name");
        check_limits(provider);
    }
    for (const auto& rule : configuration->roles) {
        require(configuration->providers.contains(rule.provider), "a rule for nobody");
        check_decision(*configuration, rule.role);
        check_pattern(rule.role);
    }
    for (const auto& pattern : configuration->deny) {
        check_decision(*configuration, pattern);
        check_pattern(pattern);
    }
    check_decision(*configuration, "arn:aws:iam::123456789012:role/web");
    check_decision(*configuration, yaml.substr(0, 2048));
    return 0;
}
