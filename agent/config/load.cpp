#include "agent/config/load.hpp"

#include "agent/config/ecs_keys.hpp"
#include "agent/config/options.hpp"
#include "agent/tables/document.hpp"
#include "base/files.hpp"
#include "base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <unistd.h>

namespace agent::config {

namespace {

using base::Errc;
using base::Error;
using base::Result;
using Json = nlohmann::ordered_json;

constexpr std::size_t max_file_bytes = 64 << 10;

Result<std::optional<FileText>> read_text(const std::string& path, bool required) {
    auto text = base::read_file(path, max_file_bytes);
    if (text)
        return std::optional(FileText{path, std::move(*text)});
    if (text.error().code() == Errc::not_found && !required)
        return std::optional<FileText>();
    return std::move(text).error() + "configuration file";
}

Result<> store(Loaded& loaded, const Row& row, std::string_view text, const Origin& origin) {
    if (auto done = row.set(loaded.config, text); !done)
        return std::move(done).error() + origin.where;
    loaded.origins.insert_or_assign(std::string(row.key), origin);
    return {};
}

/// A value of the YAML file in the one textual form.
Result<std::string> yaml_text(const Row& row, const Json& value) {
    if (value.is_string())
        return value.get<std::string>();
    if (row.type != list_type && row.type != ports_type && row.type != tags_type &&
        row.type != secret_type)
        return Error(Errc::invalid_argument, "expected one value (" + std::string(row.type) + ")");
    return value.dump();
}

Result<> add_yaml(Loaded& loaded, const FileText& file) {
    auto document = tables::read_yaml(file.text, tables::PlainScalars::text);
    if (!document)
        return std::move(document).error() + file.path;
    if (!document->is_object() && !document->is_null())
        return Error(Errc::invalid_argument, file.path + ": expected lines of 'key: value'");
    for (const auto& [key, value] : document->items()) {
        const auto* row = find_row(key);
        if (!row)
            return Error(Errc::invalid_argument, file.path + ": unknown key '" + key + "'");
        const Origin origin{Layer::yaml, key + " in " + file.path};
        if (value.is_null() || value == "")
            continue;
        auto text = yaml_text(*row, value);
        if (!text)
            return std::move(text).error() + origin.where;
        TRY(store(loaded, *row, *text, origin));
    }
    return {};
}

/// A variable's value and where it was said.
struct Setting {
    std::string value;
    std::string source;
};
using Settings = std::map<std::string, Setting, std::less<>>;

/// Without the quotes around it; nothing when they are not a pair.
std::optional<std::string_view> unquote(std::string_view text) {
    if (!text.starts_with('"') && !text.starts_with('\''))
        return text;
    if (text.size() < 2 || text.back() != text.front())
        return std::nullopt;
    return text.substr(1, text.size() - 2);
}

/// Only what looks like a variable is one: the second line of a JSON that was broken into lines has
/// a '=' at the end of its base64, and would be shown as an unknown key.
bool is_variable_name(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '_';
    });
}

Result<Settings> read_ecs_config(const FileText& file) {
    Settings settings;
    std::string_view rest = file.text;
    for (int number = 1; !rest.empty(); ++number) {
        const auto end = std::min(rest.find('\n'), rest.size());
        const auto line = base::trim(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.empty() || line.starts_with('#'))
            continue;
        const auto source = file.path + " line " + std::to_string(number);
        const auto equals = line.find('=');
        const auto key = base::trim(line.substr(0, equals));
        if (equals == std::string_view::npos || !is_variable_name(key))
            return Error(Errc::invalid_argument, source + ": expected KEY=value");
        const auto value = unquote(base::trim(line.substr(equals + 1)));
        if (!value)
            return Error(Errc::invalid_argument,
                         std::string(key) + " in " + source + ": the quote is not closed");
        settings.insert_or_assign(std::string(key), Setting{std::string(*value), source});
    }
    return settings;
}

/// An empty variable counts as unset, as in ECS's agent.
const Settings::value_type* find_setting(const Settings& settings, std::string_view name) {
    const auto found = settings.find(name);
    return found == settings.end() || found->second.value.empty() ? nullptr : &*found;
}

/// What is taken for a wrong value in a source of ECS's own, by layer and row key; "": unset.
using Corrections = std::map<std::pair<Layer, std::string_view>, std::string>;

/// As for ECS's agent, to which a duration of nothing says nothing.
bool says_nothing(const Row& row, std::string_view text) {
    Duration duration{1};
    return row.wrong_value != WrongValue::error && row.type == duration_type &&
           from_string(text, duration) && duration == duration.zero();
}

Result<> add_setting(Loaded& loaded, const Row& row, std::string text, const Origin& origin,
                     const Corrections& corrections) {
    const bool is_ecs = row.wrong_value != WrongValue::error;
    if (is_ecs)
        text = std::string(base::trim(text));
    if (const auto found = corrections.find({origin.layer, row.key}); found != corrections.end())
        text = found->second;
    if (text.empty() || says_nothing(row, text))
        return {};
    auto stored = store(loaded, row, text, origin);
    if (stored || !is_ecs)
        return stored;
    loaded.warnings.push_back(stored.error().what() + ", ignoring");
    return {};
}

Result<> add_settings(Loaded& loaded, const Settings& settings, Layer layer,
                      const Corrections& corrections) {
    for (const auto& row : rows()) {
        const auto* setting = find_setting(settings, row.environment);
        if (!setting && !row.environment_2.empty())
            setting = find_setting(settings, row.environment_2);
        if (!setting)
            continue;
        const auto& [name, said] = *setting;
        TRY(add_setting(loaded, row, said.value, {layer, name + " in " + said.source},
                        corrections));
    }
    // The proxies of the environment are everybody's.
    for (const auto& [name, said] : settings)
        if (is_key_without_effect(name) && !said.value.empty() &&
            (layer == Layer::ecs_config || name.starts_with("ECS_")))
            loaded.without_effect.push_back(name + " in " + said.source);
    return {};
}

bool is_known_variable(std::string_view name) {
    return is_key_without_effect(name) || std::ranges::any_of(rows(), [&](const Row& row) {
               return row.environment == name || row.environment_2 == name;
           });
}

Result<> add_ecs_config(Loaded& loaded, const FileText& file, const Corrections& corrections) {
    TRY(const auto settings, read_ecs_config(file));
    for (const auto& [name, setting] : settings)
        if (!is_known_variable(name))
            loaded.warnings.push_back(setting.source + ": unknown key " + name + ", ignoring");
    return add_settings(loaded, settings, Layer::ecs_config, corrections);
}

Result<> add_environment(Loaded& loaded, const Environment& environment,
                         const Corrections& corrections) {
    Settings settings;
    for (const auto& [name, value] : environment)
        settings.insert_or_assign(name, Setting{value, "the environment"});
    return add_settings(loaded, settings, Layer::environment, corrections);
}

Result<> add_flags(Loaded& loaded, const std::vector<FlagValue>& flags) {
    for (const auto& given : flags) {
        const auto row = std::ranges::find_if(
            rows(), [&](const Row& each) { return flag_of(each) == given.flag; });
        if (row == rows().end())
            return Error(Errc::invalid_argument, "unknown flag " + given.flag);
        TRY(store(loaded, *row, given.value, {Layer::flag, given.flag + " on the command line"}));
    }
    return {};
}

Result<Loaded> merge(const Sources& sources, const Corrections& corrections) {
    Loaded loaded;
    if (sources.yaml)
        TRY(add_yaml(loaded, *sources.yaml));
    if (sources.ecs_config)
        TRY(add_ecs_config(loaded, *sources.ecs_config, corrections));
    TRY(add_environment(loaded, sources.environment, corrections));
    TRY(add_flags(loaded, sources.flags));
    return loaded;
}

/// Whether ECS's agent goes on with the value that a fault is about; then what it takes instead is
/// added.
bool correct(const Fault& fault, const Origin& origin, Corrections& corrections) {
    const auto* row = find_row(fault.key);
    const bool is_ecs = row && row->wrong_value != WrongValue::error &&
                        (origin.layer == Layer::ecs_config || origin.layer == Layer::environment);
    if (!is_ecs)
        return false;
    const auto& instead = row->wrong_value == WrongValue::mended ? fault.mended : std::string();
    return corrections.emplace(std::pair(origin.layer, row->key), instead).second;
}

/// What is done with a wrong value, for the warning. A secret is not in it.
std::string what_is_done(std::string_view key, const std::string& instead) {
    if (instead.empty())
        return ", ignoring";
    return find_row(key)->type == secret_type ? ", taking the logins that are so"
                                              : ", taking " + instead;
}

} // namespace

Result<Sources> read_sources(const ConfigFiles& files, std::vector<FlagValue> flags,
                             Environment environment) {
    Sources sources{std::move(flags), std::move(environment), {}, {}};
    TRY(sources.yaml, read_text(files.yaml, files.yaml_required));
    TRY(sources.ecs_config, read_text(files.ecs_config, files.ecs_config_required));
    return sources;
}

Result<Loaded> assemble(const Sources& sources) {
    Corrections corrections;
    std::vector<std::string> warnings;
    for (;;) {
        TRY(auto loaded, merge(sources, corrections));
        const auto fault = find_fault(loaded.config);
        if (!fault) {
            loaded.warnings.insert(loaded.warnings.end(), warnings.begin(), warnings.end());
            return loaded;
        }
        const auto origin = origin_of(loaded, fault->key);
        const auto place = is_set(loaded, fault->key) ? origin.where : std::string(fault->key);
        if (!correct(*fault, origin, corrections))
            return Error(Errc::invalid_argument, place + ": " + fault->reason);
        const auto& instead = corrections.at({origin.layer, fault->key});
        warnings.push_back(place + ": " + fault->reason + what_is_done(fault->key, instead));
    }
}

Result<Loaded> load(const ConfigFiles& files, std::vector<FlagValue> flags,
                    Environment environment) {
    TRY(const auto sources, read_sources(files, std::move(flags), std::move(environment)));
    return assemble(sources);
}

Origin origin_of(const Loaded& loaded, std::string_view key) {
    const auto found = loaded.origins.find(key);
    return found == loaded.origins.end() ? Origin{} : found->second;
}

bool is_set(const Loaded& loaded, std::string_view key) {
    return loaded.origins.contains(key);
}

std::string settings_without_effect(const Loaded& loaded) {
    std::string text;
    for (const auto& setting : loaded.without_effect)
        text += (text.empty() ? "" : ", ") + setting;
    return text;
}

Result<bool> set(Loaded& loaded, std::string_view key, std::string_view text,
                 const Origin& origin) {
    const auto* row = find_row(key);
    if (!row)
        return Error(Errc::not_found, "no setting '" + std::string(key) + "'");
    if (origin_of(loaded, key).layer > origin.layer)
        return false;
    TRY(store(loaded, *row, text, origin));
    return true;
}

std::vector<std::string> for_programs(const Environment& environment) {
    std::vector<std::string> variables;
    for (const auto& [name, value] : environment)
        if (name != "ECS_ENGINE_AUTH_DATA")
            variables.push_back(name + "=" + value);
    return variables;
}

Environment process_environment() {
    Environment environment;
    for (char** entry = environ; entry && *entry; ++entry) {
        const std::string_view text = *entry;
        if (const auto equals = text.find('='); equals != std::string_view::npos)
            environment.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return environment;
}

} // namespace agent::config
