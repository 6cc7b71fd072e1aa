#include "agent/config/command_line.hpp"
#include "agent/config/ecs_keys.hpp"
#include "agent/config/load.hpp"
#include "agent/config/options.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace agent::config {

namespace {

/// Whether YAML reads it back as this very text without quotes.
bool is_plain(const std::string& text) {
    constexpr std::string_view harmless = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789_./:+-";
    return !text.empty() && text != "null" && text != "Null" && text != "NULL" &&
           text.find_first_not_of(harmless) == std::string::npos && !text.starts_with('-') &&
           !text.starts_with(':') && !text.ends_with(':');
}

std::string yaml_value(const Row& row, const Config& config) {
    auto text = row.show(config);
    // Lists and tags are JSON already, which is YAML.
    if (row.type == list_type || row.type == ports_type || row.type == tags_type || is_plain(text))
        return text;
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

constexpr std::string_view introduction = R"(# Configuration

<!-- Made by `ecs-node-agent print-config --reference`; do not edit. -->

A setting may be made in several places. The later in this list wins:

1. the default;
2. the instance metadata service, for what says so below, and only where the hardware is EC2's;
3. the YAML file, `/etc/ecs/ecs-node-agent.yaml` (`--config FILE`): `key: value`; an unknown key is an
   error;
4. `/etc/ecs/ecs.config` (`--ecs-config FILE`), as ECS has it: `VARIABLE=value` lines, `#` comments,
   quotes around a value are optional; an unknown variable is a warning, one of ECS's that [has no effect
   here](#what-ecss-agent-has-besides) is told in one line;
5. the environment;
6. the command line, `--flag value` or `--flag=value`.

An empty variable, or an empty value in a file, counts as unset. A file that was named on the command
line must exist. `ecs-node-agent check-config` reports the first error, `ecs-node-agent print-config`
shows what is in force and where each value comes from.

What ECS's agent only warns of never keeps this one from starting: a wrong value of a setting that is ECS's
own, in `ecs.config` or the environment, is a warning and counts as unset, as a duration of 0 does; of the
timeouts of containers and pulls one that is too small counts as the least, and of the logins in
`ECS_ENGINE_AUTH_DATA` those count that are right. Errors are a wrong `ECS_CLUSTER`, `AWS_DEFAULT_REGION`,
`DOCKER_HOST`, `ECS_DATADIR` or `ECS_CONTAINER_INSTANCE_TAGS`, with which ECS's agent does not work either;
all that is the agent's own; and whatever is wrong in the YAML file or on the command line.

## Types

| type | written as |
|---|---|
| text | as it is |
| true/false | `true`, `false`, `1`, `0`, `t`, `f` |
| number, port | decimal digits |
| duration | `10m`, `1h30m`, `1.5s`, `500ms`, `0`, as Go has it; a number without a unit is none |
| size | bytes, or with `KiB`, `MiB`, `GiB`: `64KiB` |
| network | `169.254.172.0/22` |
| port range | `49153-65535`, or one port |
| ports | `[22,8080]` or `22,8080`; in YAML also a sequence |
| rate | `40,60`: a second, and at once |
| level | as its meaning says, in small letters or capitals |
| word | one of those that its meaning lists |
| switch | `auto`, or as true/false |
| list | `a,b` or `["a","b"]`; in YAML also a sequence |
| tags | `{"key":"value"}`; in YAML also a mapping |
| secret JSON | as its meaning says; in YAML also a mapping. Shown as `<hidden>`, in no error and in no log |
)";

/// "`text`", or nothing for nothing.
std::string code(std::string_view text) {
    return text.empty() ? "" : "`" + std::string(text) + "`";
}

std::string reference_row(const Row& row) {
    auto variables = code(row.environment);
    if (!row.environment_2.empty())
        variables += ", " + code(row.environment_2);
    return "| " + code(row.key) + " | " + variables + " | " + code(flag_of(row)) + " | " +
           std::string(row.type) + " | " + code(row.show(Config{})) + " | " +
           std::string(row.help) + " |\n";
}

} // namespace

std::string print_config(const Loaded& loaded) {
    std::string text;
    for (const auto& row : rows())
        text += std::string(row.key) + ": " + yaml_value(row, loaded.config) + "  # " +
                origin_of(loaded, row.key).where + "\n";
    for (const auto& warning : loaded.warnings)
        text += "# warning: " + warning + "\n";
    for (const auto& setting : loaded.without_effect)
        text += "# without effect here: " + setting + "\n";
    return text;
}

std::string render_reference() {
    std::string page(introduction);
    std::string_view section;
    for (const auto& row : rows()) {
        if (row.section != section) {
            section = row.section;
            page += "\n## " + std::string(section) +
                    "\n\n| YAML key | variable | flag | type | default | meaning |\n"
                    "|---|---|---|---|---|---|\n";
        }
        page += reference_row(row);
    }
    page += "\n## What ECS's agent has besides\n\nThese are known, and have no effect here.\n\n"
            "| variable | why |\n|---|---|\n";
    for (const auto& [name, why] : keys_without_effect())
        page += "| " + code(name) + " | " + std::string(why) + " |\n";
    page += "\n## Exit status\n\n| status | meaning |\n|---|---|\n";
    for (const auto& [status, meaning] : exit_codes())
        page +=
            "| " + std::to_string(static_cast<int>(status)) + " | " + std::string(meaning) + " |\n";
    return page;
}

} // namespace agent::config
