#include "agent/containers/contract_variables.hpp"

#include "metadatafile/paths.hpp"

#include <algorithm>
#include <array>

namespace agent::containers {

namespace {

using Texts = std::vector<std::string>;

constexpr std::string_view endpoint = "http://169.254.170.2";
constexpr std::string_view full_uri_variable = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
constexpr std::string_view execution_variable = "AWS_EXECUTION_ENV";
constexpr std::array<std::string_view, 2> region_variables{"AWS_REGION", "AWS_DEFAULT_REGION"};
constexpr std::array own_variables{uri_v3_variable,        uri_v4_variable,      agent_uri_variable,
                                   metadata_file_variable, credentials_variable, token_variable};

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool is_uuid(std::string_view text) {
    return text.size() == 36 && std::ranges::count(text, '-') == 4 &&
           std::ranges::all_of(text, [](char c) { return is_hex(c) || c == '-'; });
}

/// What Swarm calls a task, or its template for that; behind it may be "-" and a secret.
bool is_swarms(std::string_view text) {
    constexpr std::string_view task_template = "{{.Task.ID}}";
    constexpr std::size_t length = 25;
    const auto is_letter = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'); };
    const bool is_template = text.starts_with(task_template);
    const auto id = text.substr(0, is_template ? task_template.size() : length);
    const auto rest = text.substr(id.size());
    return (is_template || (id.size() == length && std::ranges::all_of(id, is_letter))) &&
           (rest.empty() || rest.front() == '-') &&
           std::ranges::all_of(rest.substr(std::min<std::size_t>(rest.size(), 1)), is_letter);
}

/// Whether the text is the beginning and an id of ours.
bool is_id_behind(std::string_view beginning, std::string_view text) {
    if (!text.starts_with(beginning))
        return false;
    text.remove_prefix(beginning.size());
    return is_uuid(text) || is_swarms(text);
}

std::string url(std::string_view path, const std::string& id) {
    return std::string(endpoint) + std::string(path) + id;
}

/// The last entry of this name; nothing where there is none.
std::optional<std::string_view> find_entry(const Texts& environment, std::string_view name) {
    const auto found =
        std::find_if(environment.rbegin(), environment.rend(),
                     [&](const std::string& entry) { return name_of_variable(entry) == name; });
    if (found == environment.rend())
        return std::nullopt;
    return *found;
}

/// What was there before us, and whose word counts.
class Before {
public:
    Before(const Texts& environment, const std::optional<Texts>& image, Precedence precedence)
        : environment_(environment), image_(image), precedence_(precedence) {}

    /// The entry that will be in force without us.
    std::optional<std::string_view> entry(std::string_view name) const {
        if (const auto own = find_entry(environment_, name))
            return own;
        return image_ ? find_entry(*image_, name) : std::nullopt;
    }
    bool says(std::string_view name) const { return entry(name).has_value(); }
    /// Whether the name is a user's who may have it as he likes.
    bool is_users(std::string_view name) const {
        if (precedence_ == Precedence::ecs)
            return false;
        const auto said = entry(name);
        return said && !is_stale_or_ours(*said);
    }
    bool is_stale_or_ours(std::string_view said) const {
        const auto name = name_of_variable(said);
        return said.size() > name.size() && is_of_ours(name, said.substr(name.size() + 1));
    }
    bool image_is_known() const { return image_.has_value(); }

private:
    const Texts& environment_;
    const std::optional<Texts>& image_;
    Precedence precedence_;
};

/// Variables that make sense only together.
void give_together(const Texts& ours, const Before& before, ContractVariables& variables) {
    bool users = false;
    for (const auto& entry : ours) {
        const auto name = name_of_variable(entry);
        if (!before.is_users(name))
            continue;
        users = true;
        variables.kept.emplace_back(name);
    }
    if (!users)
        variables.set.insert(variables.set.end(), ours.begin(), ours.end());
}

void give_role(const Contract& contract, const Before& before, ContractVariables& variables) {
    if (!contract.role_variables.empty() && before.is_users(full_uri_variable))
        variables.kept.emplace_back(full_uri_variable);
    else
        give_together(contract.role_variables, before, variables);
}

void give_defaults(const std::string& region, const Before& before, ContractVariables& variables) {
    Texts ours;
    const bool has_region = before.says(region_variables[0]) || before.says(region_variables[1]);
    if (!region.empty() && !has_region)
        for (const auto name : region_variables)
            ours.push_back(std::string(name) + '=' + region);
    if (!before.says(execution_variable))
        ours.push_back(std::string(execution_variable) + "=AWS_ECS_EC2");
    for (auto& entry : ours)
        if (before.image_is_known())
            variables.set.push_back(std::move(entry));
        else
            variables.unknown.emplace_back(name_of_variable(entry));
}

/// "" where the variable is absent or a user's.
std::string_view given_value(const Texts& environment, std::string_view name) {
    const auto entry = find_entry(environment, name);
    if (!entry)
        return {};
    const auto value = entry->substr(std::min(entry->size(), name.size() + 1));
    return is_of_ours(name, value) ? value : std::string_view();
}

/// What stands behind the last '/' of it.
std::string_view given_id(const Texts& environment, std::string_view name) {
    const auto value = given_value(environment, name);
    return value.substr(value.rfind('/') + 1);
}

} // namespace

std::string_view name_of_variable(std::string_view entry) {
    return entry.substr(0, entry.find('='));
}

bool has_variable(const Texts& environment, std::string_view name) {
    return find_entry(environment, name).has_value();
}

bool is_of_ours(std::string_view name, std::string_view value) {
    if (name == uri_v3_variable)
        return is_id_behind(url("/v3/", ""), value);
    if (name == uri_v4_variable)
        return is_id_behind(url("/v4/", ""), value);
    if (name == agent_uri_variable)
        return is_id_behind(url("/api/", ""), value);
    if (name == metadata_file_variable)
        return (value.starts_with("/ecs/metadata/") || value.starts_with("/ecs-metadata-")) &&
               value.ends_with('/' + std::string(metadatafile::file_name));
    if (name == credentials_variable)
        return is_id_behind(credentials_path, value);
    return name == token_variable && value.size() == 64 && std::ranges::all_of(value, is_hex);
}

std::string_view given_endpoint_id(const Texts& environment) {
    // A user may say one of them himself.
    for (const auto name : {uri_v4_variable, uri_v3_variable, agent_uri_variable})
        if (const auto id = given_id(environment, name); !id.empty())
            return id;
    return {};
}

std::string_view given_credentials_id(const Texts& environment) {
    return given_id(environment, credentials_variable);
}

std::string_view given_token(const Texts& environment) {
    return given_value(environment, token_variable);
}

bool is_random_id(std::string_view id) {
    return is_uuid(id);
}

bool says_itself(const Texts& environment, const std::optional<Texts>& image_environment,
                 std::string_view name) {
    return Before(environment, image_environment, Precedence::user).is_users(name);
}

ContractVariables contract_variables(const Contract& contract, const Texts& environment,
                                     const std::optional<Texts>& image_environment,
                                     Precedence precedence) {
    const Before before(environment, image_environment, precedence);
    ContractVariables variables;
    give_together({std::string(uri_v3_variable) + '=' + url("/v3/", contract.endpoint_id)}, before,
                  variables);
    give_together({std::string(uri_v4_variable) + '=' + url("/v4/", contract.endpoint_id)}, before,
                  variables);
    give_together({std::string(agent_uri_variable) + '=' + url("/api/", contract.endpoint_id)},
                  before, variables);
    if (!contract.metadata_environment.empty())
        give_together({contract.metadata_environment}, before, variables);
    give_role(contract, before, variables);
    give_defaults(contract.region, before, variables);
    if (precedence == Precedence::ecs)
        return variables;
    for (const auto name : own_variables)
        if (const auto said = before.entry(name);
            said && before.is_stale_or_ours(*said) && !has_variable(variables.set, name))
            variables.unset.emplace_back(name);
    return variables;
}

} // namespace agent::containers
