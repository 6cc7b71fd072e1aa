#pragma once
// The configuration in force, made of its sources by rank: default < instance metadata < YAML file
// < ecs.config < environment < command line. Nothing global is read: callers hand over the
// environment. Blocking only in read_sources(); the rest is pure. Any thread.

#include "agent/config/config.hpp"
#include "base/error.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::config {

/// Where did a value come from? In the order of rank.
enum class Layer { built_in, imds, yaml, ecs_config, environment, flag };

struct Origin {
    Layer layer = Layer::built_in;
    std::string where = "default"; ///< for people: "/etc/ecs/ecs.config line 3"
};

/// A flag as it was given: {"--cluster", "web"}.
struct FlagValue {
    std::string flag;
    std::string value;
};

using Environment = std::map<std::string, std::string>;

/// The configuration files; those that the user named must exist.
struct ConfigFiles {
    std::string yaml = "/etc/ecs/ecs-node-agent.yaml";
    std::string ecs_config = "/etc/ecs/ecs.config";
    bool yaml_required = false;
    bool ecs_config_required = false;
};

struct FileText {
    std::string path;
    std::string text;
};

/// All that is read before anything is decided; an absent file is nothing.
struct Sources {
    std::vector<FlagValue> flags;
    Environment environment;
    std::optional<FileText> yaml;
    std::optional<FileText> ecs_config;
};

struct Loaded {
    Config config;
    /// Tolerated, to be logged once: unknown keys of ecs.config, wrong values that ECS's agent only
    /// warns of.
    std::vector<std::string> warnings;
    /// Settings of ECS's agent that have no effect here (ecs_keys.hpp):
    /// "ECS_RESERVED_MEMORY in /etc/ecs/ecs.config line 3".
    std::vector<std::string> without_effect;
    /// By row key, for what is not the default.
    std::map<std::string, Origin, std::less<>> origins;
};

/// Reads the two files (64 KiB at most each) and adds them to the flags and the environment.
/// not_found for a required file, permission, io, too_large.
base::Result<Sources> read_sources(const ConfigFiles& files, std::vector<FlagValue> flags,
                                   Environment environment);

/// Merges the sources and validates the result. invalid_argument, one line that names the source:
/// "ECS_X in /etc/ecs/ecs.config line 3: expected a duration such as 10m, got 'abc'".
base::Result<Loaded> assemble(const Sources& sources);

/// read_sources and assemble.
base::Result<Loaded> load(const ConfigFiles& files, std::vector<FlagValue> flags,
                          Environment environment);

/// Where the value of this row comes from; the key is a row's ("region").
Origin origin_of(const Loaded& loaded, std::string_view key);

/// Whether a source other than the defaults said it.
bool is_set(const Loaded& loaded, std::string_view key);

/// Sets a value unless one of a higher rank is there; for the layer that is only known later
/// (Layer::imds). Returns whether it was taken; invalid_argument as assemble(), not_found for no
/// such key. The caller validates again.
base::Result<bool> set(Loaded& loaded, std::string_view key, std::string_view text,
                       const Origin& origin);

/// Loaded::without_effect in one line; "" when there is nothing.
std::string settings_without_effect(const Loaded& loaded);

/// The configuration in force as YAML that could be the file itself, each line with where it is
/// from.
std::string print_config(const Loaded& loaded);

/// docs/configuration.md.
std::string render_reference();

/// The process's environment (environ) as a map.
Environment process_environment();

/// "NAME=value" for a program that the agent starts: all but the agent's own secrets.
std::vector<std::string> for_programs(const Environment& environment);

} // namespace agent::config
