#include "agent/credentials/configuration.hpp"

#include "agent/credentials/provider_tables.hpp"
#include "agent/tables/document.hpp"
#include "base/private_file.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <set>

namespace agent::credentials {

namespace {

using base::Errc;
using base::Error;
using base::Result;
using tables::join;
using tables::Json;
using tables::Place;

constexpr std::size_t largest_configuration = std::size_t{256} << 10;
constexpr std::size_t most_entries = 1000;
/// AWS follows chains of roles only so far that an hour is left of each; nobody has this many.
constexpr std::size_t longest_chain_of_providers = 8;

bool is_pattern(std::string_view role) {
    return role.find_first_of("*?") != std::string_view::npos;
}

const std::string* source_of(const ProviderSpec& provider) {
    if (const auto* role = std::get_if<AssumeRoleSpec>(&provider))
        return &role->source;
    if (const auto* session = std::get_if<SessionTokenSpec>(&provider))
        return &session->source;
    return nullptr;
}

/// Sources are there, lead to an end, and are not for whatever role a task has.
Result<> check_source(const Configuration& configuration, const std::string& name) {
    const Place place{"providers." + name + ".source", false, nullptr};
    const auto* source = source_of(configuration.providers.at(name));
    for (std::size_t steps = 0; source != nullptr; ++steps) {
        const auto found = configuration.providers.find(*source);
        if (found == configuration.providers.end())
            return tables::refuse(place, "there is no provider " + tables::in_quotes(*source));
        if (steps >= longest_chain_of_providers || *source == name)
            return tables::refuse(place, "leads in a circle, or over more than 8 providers");
        const auto* role = std::get_if<AssumeRoleSpec>(&found->second);
        if (role != nullptr && role->role.empty())
            return tables::refuse(place, "the provider " + tables::in_quotes(*source) +
                                             " needs a role of its own to be a source");
        source = source_of(found->second);
    }
    return {};
}

Result<> check(const Configuration& configuration) {
    for (const auto& [name, provider] : configuration.providers)
        TRY(check_source(configuration, name));
    const auto check_provider = [&](const std::string& path, const std::string& name) -> Result<> {
        if (name.empty() || configuration.providers.contains(name))
            return {};
        return tables::refuse({path, false, nullptr},
                              "there is no provider " + tables::in_quotes(name));
    };
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < configuration.roles.size(); ++i) {
        const auto path = "roles[" + std::to_string(i) + "]";
        TRY(check_provider(path + ".provider", configuration.roles[i].provider));
        if (!seen.insert(configuration.roles[i].role).second)
            return tables::refuse({path + ".role", false, nullptr}, "is there twice");
    }
    return check_provider("default", configuration.default_provider);
}

} // namespace

Result<Configuration> parse_configuration(std::string_view yaml) {
    TRY(const auto document, tables::read_yaml(yaml, tables::PlainScalars::typed));
    Configuration configuration;
    if (document.is_null())
        return configuration;
    TRY(tables::read_object(document, Place{}, configuration_table(), configuration));
    if (configuration.providers.size() > most_entries ||
        configuration.roles.size() > most_entries || configuration.deny.size() > most_entries)
        return Error(Errc::invalid_argument, "at most 1000 providers, roles and denied roles");
    TRY(check(configuration));
    return configuration;
}

Result<Configuration> load_configuration(const std::string& path) {
    auto text = base::read_trusted_file(path, largest_configuration, base::Readers::anybody);
    if (!text)
        return std::move(text).error();
    auto configuration = parse_configuration(*text);
    if (!configuration)
        return std::move(configuration).error() + path;
    return configuration;
}

Decision decide(const Configuration& configuration, std::string_view role) {
    const auto fits = [&](std::string_view pattern) { return base::matches(pattern, role); };
    if (std::ranges::any_of(configuration.deny, fits))
        return {Decision::Kind::denied, {}};
    const auto& rules = configuration.roles;
    auto rule = std::ranges::find_if(
        rules, [&](const auto& each) { return !is_pattern(each.role) && each.role == role; });
    if (rule == rules.end())
        rule = std::ranges::find_if(
            rules, [&](const auto& each) { return is_pattern(each.role) && fits(each.role); });
    const std::string_view provider =
        rule != rules.end() ? rule->provider : configuration.default_provider;
    if (provider.empty())
        return {};
    return {Decision::Kind::provided, provider};
}

} // namespace agent::credentials
