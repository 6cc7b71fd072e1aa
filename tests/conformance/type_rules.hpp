#pragma once
// Which type every field has that the readers of these endpoints know, as tables; and a checker that
// holds a document to one of them. A field that has no rule is a finding too, so that no new one is
// answered without somebody having said what readers make of it. Pure functions.

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace conformance {

using Json = nlohmann::ordered_json;

enum class Kind {
    text,      ///< any string
    filled,    ///< a string that is not empty
    docker_id, ///< 64 hex digits
    arn,       ///< at least six parts between colons, and a slash
    whole,     ///< an integer from 0 to 2^63-1, neither quoted nor with a fraction
    port,      ///< 0 to 65,535
    number,
    flag,
    time,         ///< RFC 3339 in UTC, with a Z, and not Go's zero
    time_or_zero, ///< the same, or Go's zero
    seconds,      ///< since 1970, as a string
    status,
    cidr,
    agent_version, ///< as ECS's agent names itself
    ready,         ///< "READY"
    texts,         ///< an object whose values are strings
    wholes,        ///< an object whose values are integers as above
    object,
    object_or_null,
    filled_list,
    list_or_null,
};

enum class Presence { optional, required };

struct Rule {
    /// Keys with dots between them; `[]` behind one stands for each element of its list, `{}` for
    /// each value of its object. What a path looks into has to be a list or an object.
    std::string path;
    Kind kind;
    Presence presence = Presence::optional; ///< in each object that may have it
};

using Rules = std::vector<Rule>;

/// One line for each finding, with the place.
std::vector<std::string> findings(const Json& document, const Rules& rules);

/// The text itself is looked at as well: JSON and nothing else, no newline at its end.
std::vector<std::string> findings_in(const std::string& body, const Rules& rules);

enum class Version { v2, v3, v4 };

Rules task_rules(Version version);
Rules container_rules(Version version);
/// Of one container that runs.
Rules stats_rules(Version version);
/// Of all containers of a task that run; of v4 what a stopped one has is looked at elsewhere.
Rules task_stats_rules(Version version);
Rules credentials_error_rules();
Rules index_rules();
Rules instance_rules();
Rules introspected_task_rules();
Rules introspected_tasks_rules();
Rules metadata_file_rules();

/// One field a line, `"key": value` behind one tab a level, ContainerID not the last.
std::vector<std::string> findings_in_layout(const std::string& file);

} // namespace conformance
