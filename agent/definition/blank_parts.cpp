// The parts of a definition that its author never filled in: `--generate-cli-skeleton` prints every field
// there is, with "", 0, true, a word that may stand there, and "KeyName" in maps.

#include "agent/definition/written_form.hpp"

#include <algorithm>
#include <array>

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
/// Objects whose names are the author's.
constexpr WordList<4> map_fields{"dockerLabels", "driverOpts", "labels", "options"};
/// Lists of texts of which an empty one says something: Docker takes entryPoint [""] for none.
constexpr WordList<2> word_lists{"command", "entryPoint"};
/// These have to be there.
constexpr WordList<2> needed_fields{"containerDefinitions", "taskDefinition"};
/// What the skeleton says and this host cannot do: nobody has asked for it there.
constexpr WordList<2> skeleton_words{"disableNetworking", "runtimePlatform"};

constexpr std::string_view skeleton_key = "KeyName";

bool is_in(const auto& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

bool is_untouched_map(const Json& value) {
    return value.is_object() && value.size() == 1 && value.contains(skeleton_key) &&
           value[std::string(skeleton_key)] == "";
}

/// Whether nothing in a field's value was filled in; `blanks` counts what asks to be.
bool is_untouched(const Json& value, std::string_view name, int& blanks) {
    if (value.is_string()) {
        blanks += value == "" ? 1 : 0;
        return value == "" || is_in(word_fields, name);
    }
    if (value.is_number()) {
        blanks += name == "containerPort" ? 1 : 0;
        return value == 0;
    }
    if (value.is_object() && is_in(map_fields, name)) {
        blanks += 1;
        return value.empty() || is_untouched_map(value);
    }
    if (value.is_object())
        for (const auto& [field, part] : value.items())
            if (!is_untouched(part, field, blanks))
                return false;
    if (value.is_array())
        for (const auto& element : value)
            if (!is_untouched(element, name, blanks))
                return false;
    return true;
}

bool is_blank(const Json& value, std::string_view name) {
    int blanks = 0;
    return is_untouched(value, name, blanks) && blanks > 0;
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

/// Takes out what is blank. Elements of lists keep their places, discarded, so that the others keep theirs.
class Blanks {
public:
    Blanks(tables::Reading& reading, bool skeleton) : skeleton_(skeleton) {
        root_.reading = &reading;
    }

    void drop_in(Json& definition) { drop_in_object(definition, root_); }

private:
    static void take_out(Json& value, const tables::Place& place, Json::value_t instead) {
        note(place, "not filled in, as good as absent");
        value = Json(instead);
    }

    void drop_in_object(Json& object, const tables::Place& place) {
        for (auto& [name, value] : object.items()) {
            const auto inner = join(place, name);
            const bool of_skeleton = skeleton_ && (is_in(skeleton_words, name) ||
                                                   (name == "ulimits" && is_zero_limits(value)));
            const bool blank = value.is_structured() && !is_in(needed_fields, name) &&
                               !is_in(word_lists, name) && is_blank(value, name);
            const bool words = skeleton_ && is_in(word_lists, name) && is_blank(value, name);
            if (of_skeleton || blank || words)
                take_out(value, inner, Json::value_t::null);
            else if (value.is_object() && !is_in(map_fields, name))
                drop_in_object(value, inner);
            else if (value.is_array() && !is_in(word_lists, name))
                drop_in_list(value, name, inner);
        }
    }

    void drop_in_list(Json& list, std::string_view name, const tables::Place& place) {
        for (std::size_t i = 0; i < list.size(); ++i) {
            const auto inner = join(place, i);
            if (!is_in(needed_fields, name) && is_blank(list[i], name))
                take_out(list[i], inner, Json::value_t::discarded);
            else if (list[i].is_object())
                drop_in_object(list[i], inner);
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
