#include "type_rules.hpp"

#include "base/time.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <regex>
#include <sstream>

namespace conformance {

namespace {

bool matches(const Json& value, const char* pattern) {
    return value.is_string() && std::regex_match(value.get<std::string>(), std::regex(pattern));
}

bool is_whole(const Json& value, std::int64_t most = std::numeric_limits<std::int64_t>::max()) {
    if (!value.is_number_integer())
        return false;
    const bool too_large =
        value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(most);
    return !too_large && value.get<std::int64_t>() >= 0;
}

constexpr auto time_pattern = R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z)";
constexpr auto zero_time = "0001-01-01T00:00:00Z";

bool is_time(const Json& value) {
    return matches(value, time_pattern) && base::parse_rfc3339(value.get<std::string>());
}

template <class Is>
bool all_values(const Json& value, Is is) {
    return value.is_object() && std::all_of(value.begin(), value.end(), is);
}

struct KindText {
    const char* expected;
    bool (*holds)(const Json& value);
};

KindText about(Kind kind) {
    switch (kind) {
    case Kind::text: return {"a string", [](const Json& v) { return v.is_string(); }};
    case Kind::filled:
        return {"a string with something in it",
                [](const Json& v) { return matches(v, R"([^]+)"); }};
    case Kind::docker_id:
        return {"64 hex digits", [](const Json& v) { return matches(v, "[0-9a-f]{64}"); }};
    case Kind::arn:
        return {"an ARN of six parts and more, with a slash",
                [](const Json& v) { return matches(v, R"(arn(:[^:]*){4}:[^/]*/.+)"); }};
    case Kind::whole: return {"an integer", [](const Json& v) { return is_whole(v); }};
    case Kind::port: return {"a port", [](const Json& v) { return is_whole(v, 65535); }};
    case Kind::number: return {"a number", [](const Json& v) { return v.is_number(); }};
    case Kind::flag: return {"true or false", [](const Json& v) { return v.is_boolean(); }};
    case Kind::time: return {"a time in UTC", is_time};
    case Kind::time_or_zero:
        return {"a time in UTC, or Go's zero",
                [](const Json& v) { return v == zero_time || is_time(v); }};
    case Kind::seconds:
        return {"seconds since 1970", [](const Json& v) { return matches(v, R"([1-9]\d{8,})"); }};
    case Kind::status:
        return {"a status", [](const Json& v) {
                    return matches(v, "NONE|MANIFEST_PULLED|PULLED|CREATED|RUNNING|"
                                      "RESOURCES_PROVISIONED|STOPPED|PENDING");
                }};
    case Kind::cidr:
        return {"an address with its prefix",
                [](const Json& v) { return matches(v, R"([0-9a-f.:]+/\d{1,3})"); }};
    case Kind::texts:
        return {"an object of strings", [](const Json& v) {
                    return all_values(v, [](const Json& each) { return each.is_string(); });
                }};
    case Kind::wholes:
        return {"an object of integers", [](const Json& v) {
                    return all_values(v, [](const Json& each) { return is_whole(each); });
                }};
    case Kind::object: return {"an object", [](const Json& v) { return v.is_object(); }};
    case Kind::object_or_null:
        return {"null or an object", [](const Json& v) { return v.is_null() || v.is_object(); }};
    case Kind::filled_list:
        return {"a list with something in it",
                [](const Json& v) { return v.is_array() && !v.empty(); }};
    case Kind::list_or_null:
        return {"null or a list", [](const Json& v) { return v.is_null() || v.is_array(); }};
    case Kind::ready: return {"READY", [](const Json& v) { return v == "READY"; }};
    case Kind::agent_version:
        return {"the name that ECS's agent has", [](const Json& v) {
                    return matches(v, R"(Amazon ECS Agent - v\d+\.\d+\.\d+ \(\*?[0-9a-f]+\))");
                }};
    }
    return {"a kind that there is", [](const Json&) { return false; }};
}

/// Walks a document and its rules together. `path` is a rule's, `place` has the real keys.
class Check {
public:
    explicit Check(const Rules& rules) : rules_(rules) {}

    std::vector<std::string> findings;

    void value(const Json& value, const std::string& path, const std::string& place) {
        const auto* rule = find(path);
        const bool inside = looks_into(path);
        if (rule == nullptr && !inside)
            return report(place, "has no rule", value);
        if (rule != nullptr && !about(rule->kind).holds(value))
            return report(place, std::string("expected ") + about(rule->kind).expected, value);
        // Null is refused where the rule does not take it.
        if (!inside || (rule != nullptr && value.is_null()))
            return;
        if (looks_into(path, "[]"))
            list(value, path, place);
        else
            object(value, path, place);
    }

private:
    const Rule* find(const std::string& path) const {
        const auto found = std::find_if(rules_.begin(), rules_.end(),
                                        [&](const Rule& rule) { return rule.path == path; });
        return found == rules_.end() ? nullptr : &*found;
    }

    /// Whether some rule is about what is inside: below "a" are "a.b", "a[]" and "a{}".
    bool looks_into(const std::string& path, std::string_view mark = "") const {
        return std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
            if (!rule.path.starts_with(path) || rule.path.size() == path.size())
                return false;
            const auto rest = std::string_view(rule.path).substr(path.size());
            if (!mark.empty())
                return rest.starts_with(mark);
            return path.empty() || rest[0] == '.' || rest[0] == '[' || rest[0] == '{';
        });
    }

    void list(const Json& value, const std::string& path, const std::string& place) {
        if (!value.is_array())
            return report(place, "expected a list", value);
        for (std::size_t i = 0; i < value.size(); ++i)
            this->value(value[i], path + "[]", place + '[' + std::to_string(i) + ']');
    }

    void object(const Json& value, const std::string& path, const std::string& place) {
        if (!value.is_object())
            return report(place, "expected an object", value);
        const auto prefix = path.empty() ? path : path + '.';
        for (const auto& rule : rules_)
            if (rule.presence == Presence::required && rule.path.starts_with(prefix)) {
                const auto key = rule.path.substr(prefix.size());
                if (key.find_first_of(".[{") == key.npos && !value.contains(key))
                    findings.push_back(place + ": " + key + " is missing");
            }
        const bool any_key = looks_into(path, "{}");
        for (const auto& [key, inner] : value.items())
            this->value(inner, any_key ? path + "{}" : prefix + key,
                        place.empty() ? key : place + '.' + key);
    }

    void report(const std::string& place, const std::string& what, const Json& value) {
        findings.push_back(place + ": " + what + ", got " + value.dump().substr(0, 80));
    }

    const Rules& rules_;
};

} // namespace

std::vector<std::string> findings(const Json& document, const Rules& rules) {
    Check check(rules);
    check.value(document, "", "");
    return std::move(check.findings);
}

std::vector<std::string> findings_in(const std::string& body, const Rules& rules) {
    const auto document = Json::parse(body, nullptr, false);
    if (document.is_discarded())
        return {"no JSON: " + body.substr(0, 80)};
    auto found = findings(document, rules);
    if (body.ends_with('\n'))
        found.emplace_back("a newline at the end");
    return found;
}

std::vector<std::string> findings_in_layout(const std::string& file) {
    static const std::regex field(
        R"(\t+("[A-Za-z0-9_]+": )?("([^"\\]|\\.)*"|-?\d+|true|false|[\[{][\]}]?|[\]}]),?)");
    std::vector<std::string> found;
    std::istringstream lines(file);
    std::string line;
    std::string last_field;
    std::getline(lines, line);
    if (line != "{")
        found.push_back("begins with " + line.substr(0, 80));
    while (std::getline(lines, line) && line != "}") {
        if (!std::regex_match(line, field))
            found.push_back("no field of its own line: " + line.substr(0, 80));
        if (line.starts_with("\t\""))
            last_field = line;
    }
    if (line != "}")
        found.emplace_back("has no end");
    if (last_field.starts_with("\t\"ContainerID\""))
        found.emplace_back("ContainerID is the last field");
    return found;
}

} // namespace conformance
