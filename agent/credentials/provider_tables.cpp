#include "agent/credentials/provider_tables.hpp"

#include "agent/config/values.hpp"
#include "agent/http/server_address.hpp"
#include "agent/tables/values.hpp"

#include <algorithm>
#include <cctype>

namespace agent::credentials {

namespace {

using base::Result;
using std::chrono::seconds;
using tables::expected;
using tables::FieldRow;
using tables::join;
using tables::Json;
using tables::only_read;
using tables::Place;
using tables::refuse;
using tables::Support;
using tables::Table;

template <int Least, int Greatest>
Result<seconds> read_duration(const Json& value, const Place& place) {
    config::Duration duration{};
    const auto text = value.is_string() ? value.get<std::string>() : std::string();
    const bool read = config::from_string(text, duration).has_value();
    const auto whole = std::chrono::floor<seconds>(duration);
    if (!read || whole != duration || whole < seconds(Least) || whole > seconds(Greatest))
        return expected(place,
                        "a duration from " + config::to_string(seconds(Least)) + " to " +
                            config::to_string(seconds(Greatest)),
                        value);
    return whole;
}

/// A task's role may also be a pattern, where one is asked for.
Result<std::string> read_role(const Json& value, const Place& place) {
    TRY(std::string role, tables::read_some_text(value, place));
    if (role.size() > 2048 || !std::ranges::all_of(role, [](char c) { return c > ' ' && c < 127; }))
        return expected(place, "the ARN of a role, or a pattern with '*' and '?'", value);
    return role;
}

Result<std::string> read_role_arn(const Json& value, const Place& place) {
    TRY(std::string role, read_role(value, place));
    if (!role.starts_with("arn:") || role.find(":role/") == std::string::npos)
        return expected(place, "a role's ARN such as arn:aws:iam::123456789012:role/web", value);
    return role;
}

Result<std::string> read_endpoint(const Json& value, const Place& place) {
    TRY(std::string url, tables::read_some_text(value, place));
    if (!http::parse_url(url))
        return expected(place, "http://host[:port] or https://host[:port]", value);
    return url;
}

Result<std::string> read_region(const Json& value, const Place& place) {
    TRY(std::string region, tables::read_name(value, place));
    return region;
}

constexpr std::string_view marks_of_identity = "_+=,.@-";
constexpr std::string_view marks_of_external_id = "_+=,.@:/-";

/// Letters, digits and what else STS takes.
template <const auto& Marks, std::size_t Least, std::size_t Greatest>
Result<std::string> read_sts_text(const Json& value, const Place& place) {
    TRY(std::string text, tables::read_text(value, place));
    const auto allowed = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
               Marks.find(c) != std::string_view::npos;
    };
    if (text.size() < Least || text.size() > Greatest || !std::ranges::all_of(text, allowed))
        return expected(place,
                        std::to_string(Least) + " to " + std::to_string(Greatest) +
                            " letters, digits and any of " + std::string(Marks),
                        value);
    return text;
}

Result<std::map<std::string, std::string>> read_tags(const Json& value, const Place& place) {
    TRY(const auto tags, tables::read_text_map(value, place));
    if (tags.size() > 50)
        return refuse(place, "at most 50 tags");
    for (const auto& [key, text] : tags)
        if (key.size() > 128 || text.size() > 256)
            return refuse(join(place, key), "a key has at most 128 characters, a value 256");
    return std::map<std::string, std::string>(tags.begin(), tags.end());
}

Result<std::vector<std::string>> read_roles(const Json& value, const Place& place) {
    std::vector<std::string> roles;
    TRY(tables::read_list(value, place, roles, read_role));
    return roles;
}

template <class Spec, auto Member, auto Read>
Result<> store_in_sts(const Json& value, const Place& place, Spec& into) {
    TRY(into.sts.*Member, Read(value, place));
    return {};
}

template <class Spec>
constexpr FieldRow<Spec> region_field() {
    return {"region", Support::honoured, store_in_sts<Spec, &StsSpec::region, read_region>};
}
template <class Spec>
constexpr FieldRow<Spec> endpoint_field() {
    return {"endpoint", Support::honoured, store_in_sts<Spec, &StsSpec::endpoint, read_endpoint>};
}
template <class Spec>
constexpr FieldRow<Spec> ca_file_field() {
    return {"ca_file", Support::honoured,
            store_in_sts<Spec, &StsSpec::ca_file, tables::read_absolute_path>};
}

/// Which table is this? It is read already when the table is chosen.
template <class Spec>
constexpr FieldRow<Spec> type_field() {
    return {"type", Support::required};
}

Table<StaticSpec> static_table() {
    static constexpr auto rows = std::to_array<FieldRow<StaticSpec>>({
        type_field<StaticSpec>(),
        only_read<&StaticSpec::file, tables::read_absolute_path>("file", Support::required),
    });
    return {rows};
}

Table<ProfileSpec> profile_table() {
    using S = ProfileSpec;
    static constexpr auto rows = std::to_array<FieldRow<S>>({
        type_field<S>(),
        only_read<&S::profile, tables::read_some_text>("profile"),
        only_read<&S::home, tables::read_absolute_path>("home"),
        only_read<&S::credentials_file, tables::read_absolute_path>("credentials_file"),
        only_read<&S::config_file, tables::read_absolute_path>("config_file"),
        only_read<&S::trusted, tables::read_flag>("trusted"),
    });
    return {rows};
}

Table<ProcessSpec> process_table() {
    using S = ProcessSpec;
    static constexpr auto rows = std::to_array<FieldRow<S>>({
        type_field<S>(),
        only_read<&S::command, tables::read_program>("command", Support::required),
        only_read<&S::timeout, read_duration<1, 20>>("timeout"),
    });
    return {rows};
}

Result<> check_transitive(AssumeRoleSpec& spec, const Place& place) {
    for (const auto& key : spec.transitive_tags)
        if (!spec.session_tags.contains(key))
            return refuse(join(place, "transitive_tags"),
                          tables::in_quotes(key) + " is no key of session_tags");
    return {};
}

Table<AssumeRoleSpec> assume_role_table() {
    using S = AssumeRoleSpec;
    static constexpr auto rows = std::to_array<FieldRow<S>>({
        type_field<S>(),
        only_read<&S::source, tables::read_some_text>("source", Support::required),
        only_read<&S::role, read_role_arn>("role"),
        only_read<&S::duration, read_duration<900, 43200>>("duration"),
        only_read<&S::external_id, read_sts_text<marks_of_external_id, 2, 1224>>("external_id"),
        only_read<&S::session_tags, read_tags>("session_tags"),
        only_read<&S::transitive_tags, tables::read_texts>("transitive_tags"),
        only_read<&S::source_identity, read_sts_text<marks_of_identity, 2, 64>>("source_identity"),
        region_field<S>(),
        endpoint_field<S>(),
        ca_file_field<S>(),
    });
    return {rows, check_transitive};
}

Table<SessionTokenSpec> session_token_table() {
    using S = SessionTokenSpec;
    static constexpr auto rows = std::to_array<FieldRow<S>>({
        type_field<S>(),
        only_read<&S::source, tables::read_some_text>("source", Support::required),
        only_read<&S::duration, read_duration<900, 129600>>("duration"),
        region_field<S>(),
        endpoint_field<S>(),
        ca_file_field<S>(),
    });
    return {rows};
}

Table<ImdsSpec> imds_table() {
    static constexpr auto rows = std::to_array<FieldRow<ImdsSpec>>({
        type_field<ImdsSpec>(),
        only_read<&ImdsSpec::endpoint, read_endpoint>("endpoint"),
    });
    return {rows};
}

template <auto TableOf>
Result<ProviderSpec> read_spec(const Json& value, const Place& place) {
    tables::ObjectOf<TableOf> spec;
    TRY(tables::read_object(value, place, TableOf(), spec));
    return ProviderSpec(std::move(spec));
}

struct Type {
    std::string_view name;
    Result<ProviderSpec> (*read)(const Json&, const Place&);
};

constexpr std::array types{
    Type{"static", read_spec<static_table>},
    Type{"profile", read_spec<profile_table>},
    Type{"process", read_spec<process_table>},
    Type{"assume-role", read_spec<assume_role_table>},
    Type{"session-token", read_spec<session_token_table>},
    Type{"imds", read_spec<imds_table>},
};

Result<ProviderSpec> read_provider(const Json& value, const Place& place) {
    if (!value.is_object())
        return expected(place, "an object with a type", value);
    const auto type = value.find("type");
    if (type == value.end())
        return refuse(join(place, "type"), "required");
    const auto known = std::ranges::find_if(types, [&](const Type& each) {
        return type->is_string() && type->get_ref<const std::string&>() == each.name;
    });
    if (known != types.end())
        return known->read(value, place);
    std::vector<std::string_view> names;
    for (const auto& each : types)
        names.push_back(each.name);
    return expected(join(place, "type"), tables::one_of(names), *type);
}

Result<std::map<std::string, ProviderSpec>> read_providers(const Json& value, const Place& place) {
    if (!value.is_object())
        return expected(place, "an object: providers by name", value);
    std::map<std::string, ProviderSpec> providers;
    for (const auto& [name, provider] : value.items()) {
        const auto inner = join(place, name);
        TRY(tables::read_name(Json(name), inner));
        TRY(auto spec, read_provider(provider, inner));
        providers.emplace(name, std::move(spec));
    }
    return providers;
}

Table<RoleRule> rule_table() {
    static constexpr auto rows = std::to_array<FieldRow<RoleRule>>({
        only_read<&RoleRule::role, read_role>("role", Support::required),
        only_read<&RoleRule::provider, tables::read_some_text>("provider", Support::required),
    });
    return {rows};
}

Result<std::vector<RoleRule>> read_rules(const Json& value, const Place& place) {
    std::vector<RoleRule> rules;
    const auto read_rule = [](const Json& element, const Place& where) -> Result<RoleRule> {
        RoleRule rule;
        TRY(tables::read_object(element, where, rule_table(), rule));
        return rule;
    };
    TRY(tables::read_list(value, place, rules, read_rule));
    return rules;
}

} // namespace

Table<Configuration> configuration_table() {
    using C = Configuration;
    static constexpr auto rows = std::to_array<FieldRow<C>>({
        only_read<&C::providers, read_providers>("providers"),
        only_read<&C::roles, read_rules>("roles"),
        only_read<&C::default_provider, tables::read_some_text>("default"),
        only_read<&C::deny, read_roles>("deny"),
    });
    return {rows};
}

} // namespace agent::credentials
