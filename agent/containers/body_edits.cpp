#include "agent/containers/body_edits.hpp"

#include "agent/containers/contract_variables.hpp"
#include "base/json.hpp"

#include <algorithm>

namespace agent::containers {

using base::Errc;
using base::Error;
using base::Result;

namespace {

std::string joined(const std::vector<std::string>& elements) {
    std::string text;
    for (const auto& element : elements)
        text += (text.empty() ? "" : ",") + element;
    return text;
}

/// The field with a value, where it is not there or null.
void set_field(const GoStruct& whole, std::string_view field, const std::string& value,
               JsonEdits& edits) {
    if (const auto* last = whole.last(field))
        edits.replace(*last, value);
    else
        edits.append(whole.last_object(), json_text(field) + ':' + value);
}

/// A mount as the API's Mounts has it, read-only.
std::string mount_json(const Mount& mount) {
    auto text = R"({"Type":)" + json_text(mount.type) + R"(,"Source":)" + json_text(mount.source) +
                R"(,"Target":)" + json_text(mount.target) + R"(,"ReadOnly":true)";
    if (!mount.driver.empty())
        text += R"(,"VolumeOptions":{"NoCopy":true,"DriverConfig":{"Name":)" +
                json_text(mount.driver) + "}}";
    return text + '}';
}

Result<Mount> read_mount(const GoStruct& written) {
    Mount mount;
    TRY(mount.type, written.text("Type"));
    TRY(mount.source, written.text("Source"));
    TRY(mount.target, written.text("Target"));
    TRY(const auto options, written.pointer("VolumeOptions"));
    TRY(const auto driver, options.pointer("DriverConfig"));
    TRY(mount.driver, driver.text("Name"));
    return mount;
}

} // namespace

std::string json_text(std::string_view text) {
    std::string json;
    base::append_go_text(json, text);
    return json;
}

Result<GoStruct> body_of(std::string_view json, const WrittenValue& document) {
    if (document.kind != WrittenValue::Kind::object)
        return Error(Errc::invalid_argument, "expected an object");
    return GoStruct(json, {&document});
}

Result<> read_config(const GoStruct& config, Request& into) {
    TRY(auto image, config.text("Image"));
    if (!image.empty())
        into.subject.images = std::vector<std::string>{std::move(image)};
    TRY(into.environment, config.texts("Env"));
    TRY(into.subject.labels, config.text_map("Labels"));
    return {};
}

Result<> read_mounts(const GoStruct& config, std::vector<Mount>& into) {
    TRY(const auto written, config.structs("Mounts"));
    for (const auto& each : written) {
        TRY(auto mount, read_mount(each));
        into.push_back(std::move(mount));
    }
    return {};
}

Result<> add_to_list(const GoStruct& whole, std::string_view field,
                     const std::vector<std::string>& elements, JsonEdits& edits) {
    if (elements.empty())
        return {};
    TRY(const auto* list, whole.list(field));
    if (list != nullptr)
        edits.append(*list, joined(elements));
    else
        set_field(whole, field, '[' + joined(elements) + ']', edits);
    return {};
}

Result<> edit_variables(const GoStruct& config, const Additions& additions, JsonEdits& edits) {
    TRY(const auto present, config.texts("Env"));
    TRY(const auto* list, config.list("Env"));
    std::vector<std::string> added;
    const auto put = [&](const std::string& entry, bool everywhere) {
        bool found = false;
        // From the back: the last of a name counts.
        for (auto i = present.size(); i > 0 && (everywhere || !found); --i) {
            if (name_of_variable(present[i - 1]) != name_of_variable(entry))
                continue;
            found = true;
            if (present[i - 1] != entry)
                edits.replace(list->members[i - 1].value, json_text(entry));
        }
        if (!found)
            added.push_back(json_text(entry));
    };
    for (const auto& entry : additions.variables)
        put(entry, false);
    // A name without a value takes the image's away.
    for (const auto& name : additions.unset)
        put(name, true);
    return add_to_list(config, "Env", added, edits);
}

Result<> edit_labels(const GoStruct& config, const Additions& additions, JsonEdits& edits) {
    if (additions.labels.empty())
        return {};
    TRY(const auto labels, config.pointer("Labels"));
    std::vector<std::string> added;
    for (const auto& [name, value] : additions.labels) {
        if (const auto* present = labels.entry(name))
            edits.replace(*present, json_text(value));
        else
            added.push_back(json_text(name) + ':' + json_text(value));
    }
    if (added.empty())
        return {};
    if (labels.present())
        edits.append(labels.last_object(), joined(added));
    else
        set_field(config, "Labels", '{' + joined(added) + '}', edits);
    return {};
}

Result<bool> edit_mounts(const GoStruct& config, const Mount& mount, bool always,
                         JsonEdits& edits) {
    std::vector<Mount> present;
    TRY(read_mounts(config, present));
    // None of the user's has the target, or the source of a volume of ours.
    const auto found = std::ranges::find_if(present, [&](const Mount& each) {
        return each.target == mount.target ||
               (!mount.driver.empty() && each.driver == mount.driver &&
                each.source == mount.source);
    });
    if (found != present.end()) {
        TRY(const auto* list, config.list("Mounts"));
        const auto index = static_cast<std::size_t>(found - present.begin());
        edits.replace(list->members[index].value, mount_json(mount));
        return true;
    }
    if (always)
        TRY(add_to_list(config, "Mounts", {mount_json(mount)}, edits));
    return always;
}

} // namespace agent::containers
