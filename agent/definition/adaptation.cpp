#include "agent/definition/adaptation.hpp"

#include "agent/tables/fields.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

namespace agent::definition {

using stand_ins::Entry;
using stand_ins::Section;
using stand_ins::StandIns;
using tables::join;
using tables::Json;
using tables::Place;

std::string to_string(const Replacement& replacement) {
    if (replacement.now.empty() && replacement.before.empty())
        return replacement.field + ": as " + replacement.said_in + " says";
    if (replacement.now.empty())
        return replacement.field + ": filled in for " + replacement.before + ", by " +
               replacement.said_in;
    return replacement.field + ": " + replacement.now + " instead of " + replacement.before +
           ", by " + replacement.said_in;
}

namespace {

/// The member that is a text which says something; null for any other.
Json* text_in(Json& object, const char* name) {
    if (!object.is_object())
        return nullptr;
    const auto found = object.find(name);
    const bool says = found != object.end() && found->is_string() &&
                      !found->get_ref<const std::string&>().empty();
    return says ? &*found : nullptr;
}

std::string text_or_nothing(Json& object, const char* name) {
    const auto* text = text_in(object, name);
    return text == nullptr ? std::string() : text->get<std::string>();
}

/// Calls `edit(element, place)` for each element of a list of objects.
template <class Edit>
void for_each_object(Json& object, const char* name, const Place& place, Edit edit) {
    const auto list = object.find(name);
    if (list == object.end() || !list->is_array())
        return;
    std::size_t index = 0;
    for (auto& element : *list) {
        if (element.is_object())
            edit(element, join(join(place, name), index));
        ++index;
    }
}

class Adapter {
public:
    Adapter(const StandIns& host, std::vector<Replacement>& replaced)
        : host_(host), replaced_(replaced) {}

    void adapt_image(Json& container, const Place& place) {
        auto* image = text_in(container, "image");
        if (image == nullptr)
            return;
        const auto before = image->get<std::string>();
        const auto* entry = stand_ins::find_image(host_.images, before);
        if (entry == nullptr || entry->value == before)
            return;
        *image = entry->value;
        // The login is for the registry of what it was.
        container.erase("repositoryCredentials");
        note(join(place, "image"), before, entry->value, *entry);
    }

    void adapt_log_driver(Json& container, const Place& place) {
        const auto configuration = container.find("logConfiguration");
        if (configuration == container.end())
            return;
        const auto before = text_or_nothing(*configuration, "logDriver");
        const auto* entry =
            before.empty() ? nullptr : stand_ins::find_log_driver(host_.log_drivers, before);
        if (entry == nullptr || entry->value.driver == stand_ins::auto_log_driver)
            return;
        const auto& [driver, options] = entry->value;
        const auto field = join(join(place, "logConfiguration"), "logDriver");
        if (driver == stand_ins::engine_log_driver) {
            container.erase("logConfiguration");
            note(field, before, "the engine's own", *entry);
            return;
        }
        if (driver == before && options.empty())
            return;
        // Another driver knows nothing of the options of this one.
        if (driver != before)
            *configuration = {{"logDriver", driver}};
        auto& now = (*configuration)["options"];
        if (!now.is_object())
            now = Json::object();
        for (const auto& [name, value] : options)
            now[name] = value;
        note(field, before, options.empty() ? driver : driver + " with options", *entry);
    }

    /// Volumes that are mounted and declared elsewhere, as with Terraform. They come behind the definition's own,
    /// which keep their places.
    void add_volumes(Json& definition, const Place& place) {
        auto added = Json::array();
        const auto add = [&](Json& mount, const Place& where) {
            const auto name = text_or_nothing(mount, "sourceVolume");
            bool by_id = false;
            const auto* entry = name.empty() || may_declare(definition, name)
                                    ? nullptr
                                    : find_volume("", name, by_id);
            if (entry == nullptr || has_name(added, name))
                return;
            added.push_back({{"name", name}, {"host", {{"sourcePath", entry->value}}}});
            note(join(where, "sourceVolume"), name, entry->value, *entry);
        };
        for_each_object(definition, "containerDefinitions", place,
                        [&](Json& container, const Place& where) {
                            for_each_object(container, "mountPoints", where, add);
                        });
        if (added.empty())
            return;
        auto& volumes = definition["volumes"];
        if (volumes.is_null())
            volumes = Json::array();
        for (auto& volume : added)
            volumes.push_back(std::move(volume));
    }

    void adapt_volume(Json& volume, const Place& place) {
        for (const auto& kind : kinds) {
            const auto configuration = volume.find(kind.field);
            if (configuration == volume.end() || tables::is_empty(*configuration))
                continue;
            const auto id = text_or_nothing(*configuration, kind.id);
            const auto name = text_or_nothing(volume, "name");
            bool by_id = false;
            const auto* entry = find_volume(id, name, by_id);
            if (entry == nullptr)
                return;
            // An id stands for the whole file system, a name for this volume of it.
            const auto path =
                by_id ? inside(entry->value, text_or_nothing(*configuration, "rootDirectory"))
                      : entry->value;
            volume.erase(kind.field);
            volume["host"] = {{"sourcePath", path}};
            note(join(place, kind.field), id.empty() ? name : id, path, *entry);
            return;
        }
    }

private:
    /// File systems that are not this host's, and which field says which.
    struct Kind {
        const char* field;
        const char* id;
    };
    static constexpr std::array<Kind, 4> kinds{{
        {"efsVolumeConfiguration", "fileSystemId"},
        {"fsxWindowsFileServerVolumeConfiguration", "fileSystemId"},
        {"s3filesVolumeConfiguration", "fileSystemArn"},
        {"configuredAtLaunch", ""},
    }};

    static bool has_name(Json& list, const std::string& name) {
        return std::ranges::any_of(
            list, [&](Json& element) { return text_or_nothing(element, "name") == name; });
    }

    /// Whether the definition has a volume of this name, or what is no list of volumes.
    static bool may_declare(Json& definition, const std::string& name) {
        const auto volumes = definition.find("volumes");
        if (volumes == definition.end() || volumes->is_null())
            return false;
        return !volumes->is_array() || has_name(*volumes, name);
    }

    /// By the id, by the id at the end of an ARN, or by the volume's name.
    const Entry<std::string>* find_volume(std::string_view id, std::string_view name,
                                          bool& by_id) const {
        const auto short_id = id.substr(id.rfind('/') + 1);
        for (const auto& entry : host_.volumes) {
            by_id = !id.empty() &&
                    (base::matches(entry.pattern, id) || base::matches(entry.pattern, short_id));
            if (by_id || base::matches(entry.pattern, name))
                return &entry;
        }
        return nullptr;
    }

    /// "/srv/files/shop" for "/srv/files" and "/shop"; never above the first.
    static std::string inside(const std::string& path, std::string root) {
        std::ranges::replace(root, '\\', '/');
        const auto below = std::filesystem::path('/' + root).lexically_normal().relative_path();
        return below.empty() ? path : (std::filesystem::path(path) / below).string();
    }

    template <class Value>
    void note(const Place& field, std::string before, std::string now, const Entry<Value>& entry) {
        replaced_.push_back({field.path, std::move(before), std::move(now),
                             stand_ins::place_of(host_.file, entry)});
    }

    const StandIns& host_;
    std::vector<Replacement>& replaced_;
};

/// Whether a name of ECS's or, with a capital, of CloudFormation's is one of these.
template <std::size_t Count>
bool is_one_of(const std::array<std::string_view, Count>& fields, std::string_view name) {
    return !name.empty() && std::ranges::any_of(fields, [&](std::string_view field) {
        const bool is_capital = name.front() >= 'A' && name.front() <= 'Z';
        const char first = is_capital ? static_cast<char>(name.front() - 'A' + 'a') : name.front();
        return first == field.front() && name.substr(1) == field.substr(1);
    });
}

/// Objects whose names are the author's.
constexpr std::array<std::string_view, 4> objects_of_names{"dockerLabels", "driverOpts", "labels",
                                                           "options"};

/// Edits the names of an object, which keep their order. `twice(place)` is told of one that becomes another's.
template <class Edit, class Twice>
void edit_names(Json& object, const Place& place, Edit& edit, Twice& twice) {
    bool is_changed = false;
    std::vector<std::string> names;
    for (const auto& [name, member] : object.items()) {
        names.push_back(name);
        edit(names.back(), join(place, name), true);
        is_changed = is_changed || names.back() != name;
    }
    if (!is_changed)
        return;
    auto made = Json::object();
    auto name = names.begin();
    for (auto& member : object) {
        if (made.contains(*name))
            twice(join(place, *name));
        made[*name++] = std::move(member);
    }
    object = std::move(made);
}

/// Every text in a document, where it stands, and names that are the author's.
template <class Edit, class Twice>
void for_each_text(Json& value, const Place& place, Edit& edit, Twice& twice) {
    if (value.is_string()) {
        edit(value.get_ref<std::string&>(), place, false);
    } else if (value.is_array()) {
        std::size_t index = 0;
        for (auto& element : value)
            for_each_text(element, join(place, index++), edit, twice);
    } else if (value.is_object()) {
        for (auto& [name, member] : value.items()) {
            for_each_text(member, join(place, name), edit, twice);
            if (member.is_object() && is_one_of(objects_of_names, name))
                edit_names(member, join(place, name), edit, twice);
        }
    }
}

/// Fields in whose texts a secret may stand; a template's parameters and mappings may get there.
constexpr std::array<std::string_view, 8> secretive_fields{
    "environment", "options",      "driverOpts", "command",
    "entryPoint",  "dockerLabels", "parameters", "mappings"};

bool may_hold_secrets(std::string_view path) {
    while (!path.empty()) {
        const auto end = std::min(path.find_first_of(".["), path.size());
        if (is_one_of(secretive_fields, path.substr(0, end)))
            return true;
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return false;
}

using UsedEntries = std::vector<const Entry<std::string>*>;

/// Whether it was not there yet.
bool add_once(UsedEntries& entries, const Entry<std::string>* entry) {
    if (std::ranges::find(entries, entry) != entries.end())
        return false;
    entries.push_back(entry);
    return true;
}

} // namespace

base::Result<> fill_in_values(Json& document, const Section<std::string>& values,
                              const std::string& said_in, std::vector<Replacement>& replaced,
                              Section<std::string>& unshown, std::size_t& left) {
    if (values.empty())
        return {};
    base::Result<> done;
    // Each is told once, with the first place where it stood.
    UsedEntries told;
    UsedEntries shown;
    // A name is seen, in errors too; what it is the name of is what may be secret.
    auto edit = [&](std::string& text, const Place& place, bool is_name) {
        UsedEntries used;
        if (!done)
            return;
        if (!stand_ins::replace_values(text, values, used, left)) {
            done = base::Error(base::Errc::too_large,
                               place.path + ": " + said_in + " puts more than " +
                                   std::to_string(stand_ins::max_values_put_in) +
                                   " bytes in for place holders");
            return;
        }
        const bool hides = !is_name && may_hold_secrets(place.path);
        for (const auto* entry : used) {
            if (!hides)
                add_once(shown, entry);
            if (add_once(told, entry))
                replaced.push_back({place.path, entry->pattern,
                                    hides ? std::string() : entry->value,
                                    stand_ins::place_of(said_in, *entry)});
        }
    };
    auto twice = [&](const Place& place) {
        if (done)
            done = tables::refuse(place, "is there twice with what " + said_in + " puts in");
    };
    for_each_text(document, Place{}, edit, twice);
    for (const auto* entry : told)
        if (std::ranges::find(shown, entry) == shown.end())
            unshown.push_back(*entry);
    return done;
}

void adapt(Json& definition, const StandIns& host, const Place& place,
           std::vector<Replacement>& replaced) {
    if (!definition.is_object())
        return;
    Adapter adapter(host, replaced);
    for_each_object(definition, "containerDefinitions", place,
                    [&](Json& container, const Place& where) {
                        adapter.adapt_image(container, where);
                        adapter.adapt_log_driver(container, where);
                    });
    for_each_object(definition, "volumes", place,
                    [&](Json& volume, const Place& where) { adapter.adapt_volume(volume, where); });
    adapter.add_volumes(definition, place);
}

} // namespace agent::definition
