#pragma once
// The one table of settings. A row names a field of Config in every source; command line,
// environment, both files, print-config and the reference page walk it. To add a setting: a field
// in Config, a row here.

#include "agent/config/config.hpp"
#include "base/error.hpp"

#include <span>
#include <string>
#include <string_view>

namespace agent::config {

constexpr std::string_view duration_type = "duration";
/// Row::type of what YAML may also write as a sequence or a mapping.
constexpr std::string_view list_type = "list";
constexpr std::string_view tags_type = "tags";
constexpr std::string_view ports_type = "ports";
constexpr std::string_view secret_type = "secret JSON";

/// What becomes of a wrong value in the sources that are ECS's own, ecs.config and the environment. In
/// the others it is an error.
enum class WrongValue {
    error, ///< as everywhere: the setting is ours, or ECS's agent does not come up with it either
    unset, ///< a warning: as if it were not there
    /// The same; but what is right of it counts: the least for one that is too small, the logins that are
    /// in the form.
    mended,
};

struct Row {
    std::string_view section;     ///< heading on the reference page
    std::string_view key;         ///< in the YAML file; its flag is "--" and '-' for '_'
    std::string_view environment; ///< variable, also the key in ecs.config
    std::string_view
        environment_2;     ///< a second name that is read when the first is unset, or empty
    std::string_view type; ///< "duration", "list", …, for people
    std::string_view help;
    base::Result<> (*set)(Config&, std::string_view text);
    std::string (*show)(const Config&); ///< the text that set() takes
    /// As ECS's agent does with it.
    WrongValue wrong_value = WrongValue::error;
};

std::span<const Row> rows();

/// The row of this key, or nullptr.
const Row* find_row(std::string_view key);

/// "--tasks-dir" for "tasks_dir".
std::string flag_of(const Row& row);

} // namespace agent::config
