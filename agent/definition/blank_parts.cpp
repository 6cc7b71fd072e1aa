// The parts of a definition that its author never filled in. `--generate-cli-skeleton` prints every field
// there is, with "", 0, true, a word that may stand there, and "KeyName" in maps: only beside such a "KeyName"
// are words and flags nobody's. Elsewhere they were chosen.

#include "agent/definition/written_form.hpp"
#include "agent/tables/fields.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace agent::definition {

namespace {

using tables::Json;

template <std::size_t Count>
using WordList = std::array<std::string_view, Count>;

/// Fields that hold one of a few words.
constexpr WordList<12> word_fields{"appProtocol",
                                   "condition",
                                   "cpuArchitecture",
                                   "iam",
                                   "logDriver",
                                   "operatingSystemFamily",
                                   "permissions",
                                   "protocol",
                                   "scope",
                                   "transitEncryption",
                                   "type",
                                   "versionConsistency"};
/// Words about a port, of which nothing follows without one: the console's empty row has "tcp".
constexpr WordList<2> port_words{"appProtocol", "protocol"};
/// Numbers of which 0 is not what their absence is.
constexpr WordList<2> meant_zeros{"maxSwap", "swappiness"};
/// Flags that the skeleton does not have, of which false is not what their absence is.
constexpr WordList<1> own_flags{"replaceUnhealthy"};
/// Objects whose names are the author's.
constexpr WordList<4> map_fields{"dockerLabels", "driverOpts", "labels", "options"};
/// Lists of texts of which an empty one says something: Docker takes entryPoint [""] for none.
constexpr WordList<2> word_lists{"command", "entryPoint"};
struct NeedyPart {
    std::string_view name;
    std::string_view needs;
};
/// Objects of which nothing follows without one of their fields: where that is missing, nothing was filled in.
constexpr std::array<NeedyPart, 2> needy_parts{
    {{"healthCheck", "command"}, {"restartPolicy", "enabled"}}};
/// What is said of a health check beside its command.
constexpr WordList<4> times_of_check{"interval", "timeout", "retries", "startPeriod"};
/// These have to be there.
constexpr WordList<2> needed_fields{"containerDefinitions", "taskDefinition"};

struct SkeletonField {
    std::string_view name;
    WordList<3> beside;
};
/// What the skeleton says and this host cannot do. Nobody has asked for it as long as one of those beside it
/// is there and was not touched: one "KeyName" that was forgotten elsewhere does not tell.
constexpr std::array<SkeletonField, 3> skeleton_fields{{
    {"disableNetworking", {"dnsServers", "dnsSearchDomains", "extraHosts"}},
    {"runtimePlatform", {"proxyConfiguration", "inferenceAccelerators", "ephemeralStorage"}},
    {"ulimits", {"dockerSecurityOptions", "healthCheck", "systemControls"}},
}};

constexpr std::string_view skeleton_key = "KeyName";

bool is_in(const auto& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

bool is_untouched_map(const Json& value) {
    return value.is_object() && value.size() == 1 && value.contains(skeleton_key) &&
           value[std::string(skeleton_key)] == "";
}

/// Looks for what was filled in; one use a value.
class Look {
public:
    explicit Look(bool skeleton) : skeleton_(skeleton) {}

    /// Whether nothing in a field's value was filled in.
    bool is_untouched(const Json& value, std::string_view name) {
        if (value.is_string())
            return is_untouched_text(value == "", name);
        if (value.is_boolean())
            return !is_in(own_flags, name) && (skeleton_ || value == false);
        if (value.is_number())
            return is_untouched_number(value == 0, name);
        if (value.is_object() && is_in(map_fields, name)) {
            blanks_ += value.empty() ? 0 : 1;
            return value.empty() || is_untouched_map(value);
        }
        if (value.is_object())
            for (const auto& [field, part] : value.items())
                if (!is_untouched(part, field))
                    return false;
        if (value.is_array())
            for (const auto& element : value)
                if (!is_untouched(element, name))
                    return false;
        return true;
    }

    /// Whether something asks to be filled in.
    bool has_blanks() const { return blanks_ > 0; }

private:
    bool is_untouched_text(bool empty, std::string_view name) {
        blanks_ += empty ? 1 : 0;
        return empty || is_in(port_words, name) || (skeleton_ && is_in(word_fields, name));
    }

    bool is_untouched_number(bool zero, std::string_view name) {
        blanks_ += name == "containerPort" ? 1 : 0;
        return zero && (skeleton_ || !is_in(meant_zeros, name));
    }

    bool skeleton_;
    int blanks_ = 0;
};

/// null, "", [] or a list of such.
bool is_nothing(const Json& value) {
    return value.is_null() || value == "" ||
           (value.is_array() && std::all_of(value.begin(), value.end(), is_nothing));
}

/// Whether an object is there and the field is not of which the rest of it is.
bool lacks_what_it_needs(const Json& value, std::string_view name) {
    const auto part = std::ranges::find(needy_parts, name, &NeedyPart::name);
    if (part == needy_parts.end() || !value.is_object() || value.empty())
        return false;
    const auto field = value.find(std::string(part->needs));
    return field == value.end() || is_nothing(*field);
}

/// Whether times are all that is said of a health check. What else stands there may be its command, misspelt.
bool is_check_without_command(const Json& value, std::string_view name) {
    if (name != "healthCheck" || !lacks_what_it_needs(value, name))
        return false;
    for (const auto& [field, part] : value.items())
        if (field != "command" && !(is_in(times_of_check, field) && part.is_primitive()))
            return false;
    return true;
}

bool is_blank(const Json& value, std::string_view name, bool skeleton) {
    Look look(skeleton);
    return look.is_untouched(value, name) &&
           (look.has_blanks() || lacks_what_it_needs(value, name));
}

/// Whether a field is there as the skeleton has it.
bool is_left_over(const Json& object, std::string_view name) {
    const auto found = object.find(std::string(name));
    return found != object.end() && !found->empty() && Look(true).is_untouched(*found, name);
}

/// The skeleton's limits: a process could not live within them.
bool is_zero_limits(const Json& value) {
    return value.is_array() && std::all_of(value.begin(), value.end(), [](const Json& limit) {
               return limit.is_object() && limit.value("softLimit", Json()) == 0 &&
                      limit.value("hardLimit", Json()) == 0;
           });
}

bool is_skeleton(const Json& value, std::string_view name = {}) {
    if (value.is_object() && is_in(map_fields, name))
        return is_untouched_map(value);
    if (!value.is_structured())
        return false;
    for (const auto& [field, part] : value.items())
        if (is_skeleton(part, value.is_object() ? std::string_view(field) : name))
            return true;
    return false;
}

/// Those of skeleton_fields that are the skeleton's in this object of one.
std::vector<std::string_view> fields_of_skeleton(const Json& object) {
    std::vector<std::string_view> fields;
    for (const auto& field : skeleton_fields) {
        const auto found = object.find(std::string(field.name));
        const bool says = found != object.end() && !tables::is_empty(*found) &&
                          (field.name != "ulimits" || is_zero_limits(*found));
        if (says && std::ranges::any_of(field.beside, [&](std::string_view other) {
                return is_left_over(object, other);
            }))
            fields.push_back(field.name);
    }
    return fields;
}

/// Takes out what is blank. Elements of lists keep their places, discarded, so that the others keep theirs.
class Blanks {
public:
    Blanks(tables::Reading& reading, bool skeleton) : skeleton_(skeleton) {
        root_.reading = &reading;
    }

    void drop_in(Json& definition) { drop_in_object(definition, root_); }

private:
    static constexpr std::string_view not_filled_in = "not filled in, as good as absent";
    static constexpr std::string_view of_skeleton =
        "the skeleton's own, left out; where it is meant, take the skeleton's empty fields beside "
        "it out of the file";
    static constexpr std::string_view no_command =
        "without a command, so that there is no health check of it";

    void drop_in_object(Json& object, const tables::Place& place) {
        const auto left_over =
            skeleton_ ? fields_of_skeleton(object) : std::vector<std::string_view>();
        for (auto& [name, value] : object.items()) {
            const auto inner = join(place, name);
            const bool blank = is_blank_field(value, name);
            if (blank || is_in(left_over, name)) {
                note(inner, blank ? not_filled_in : of_skeleton);
                value = nullptr;
            } else if (is_check_without_command(value, name)) {
                note(inner, no_command);
                value = nullptr;
            } else if (value.is_object() && !is_in(map_fields, name)) {
                drop_in_object(value, inner);
            } else if (value.is_array() && !is_in(word_lists, name)) {
                drop_in_list(value, name, inner);
            }
        }
    }

    bool is_blank_field(const Json& value, std::string_view name) const {
        if (!value.is_structured() || is_in(needed_fields, name) ||
            (is_in(word_lists, name) && !skeleton_))
            return false;
        // Whose the words of these are is asked by fields_of_skeleton().
        const bool is_asked =
            std::ranges::find(skeleton_fields, name, &SkeletonField::name) != skeleton_fields.end();
        return is_blank(value, name, skeleton_ && !is_asked);
    }

    void drop_in_list(Json& list, std::string_view name, const tables::Place& place) {
        for (std::size_t i = 0; i < list.size(); ++i) {
            const auto inner = join(place, i);
            if (!is_in(needed_fields, name) && is_blank(list[i], name, skeleton_)) {
                note(inner, not_filled_in);
                list[i] = Json(Json::value_t::discarded);
            } else if (list[i].is_object()) {
                drop_in_object(list[i], inner);
            }
        }
    }

    tables::Place root_;
    bool skeleton_;
};

} // namespace

void drop_blank_parts(Json& definition, tables::Reading& reading) {
    if (definition.is_object())
        Blanks(reading, is_skeleton(definition)).drop_in(definition);
}

} // namespace agent::definition
