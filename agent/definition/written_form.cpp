#include "agent/definition/written_form.hpp"

#include "agent/tables/values.hpp"

#include <algorithm>
#include <filesystem>

namespace agent::definition {

namespace {

using base::Result;
using tables::Json;
using tables::Lines;

constexpr std::size_t longest_family = 255;

/// "shop/web.dev.json" as a family: "web-dev".
std::string family_of(std::string_view file_name) {
    auto family = std::filesystem::path(file_name).stem().string().substr(0, longest_family);
    for (auto& letter : family)
        if (!tables::is_word(letter))
            letter = '-';
    return std::ranges::any_of(family, tables::is_word) ? family : "task";
}

/// Terraform's container_definitions, and what --container-definitions takes.
Json from_containers(Json containers, std::string_view file_name, tables::Reading& reading,
                     Lines* lines) {
    auto family = family_of(file_name);
    reading.findings.note("a list of containers: the family is the file's name, \"" + family + '"',
                          "");
    if (lines) {
        Lines moved;
        for (auto& [path, line] : *lines)
            moved.emplace("containerDefinitions" + path, line);
        *lines = std::move(moved);
    }
    return {{"family", std::move(family)}, {"containerDefinitions", std::move(containers)}};
}

/// The family of a definition, or of what ECS answers, that says none.
void add_family(Json& document, std::string_view file_name, tables::Reading& reading) {
    const bool described = document.is_object() && document.contains("taskDefinition");
    auto& definition = described ? document["taskDefinition"] : document;
    if (!definition.is_object() || !definition.contains("containerDefinitions") ||
        (definition.contains("family") && !definition["family"].is_null()))
        return;
    auto family = family_of(file_name);
    reading.findings.note("not said: the file's name stands for it, \"" + family + '"',
                          described ? "taskDefinition.family" : "family");
    definition["family"] = std::move(family);
}

} // namespace

Result<Json> to_ecs_form(Json document, std::string_view file_name, const Host& host,
                         const GivenValue& given, tables::Reading& reading, Lines* lines) {
    if (document.is_array())
        document = from_containers(std::move(document), file_name, reading, lines);
    if (is_template(document)) {
        TRY(document, from_template(document, host, given, reading, lines));
    } else {
        add_family(document, file_name, reading);
    }
    drop_blank_parts(document, reading);
    return document;
}

} // namespace agent::definition
