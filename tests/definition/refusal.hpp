#pragma once
// What the tests of refusals share: the reason why a text is refused, and texts with one field more
// than is needed.

#include "agent/definition/parse.hpp"

#include <string>
#include <string_view>

namespace agent::definition {

/// Why `text`, in a file called web.json, is refused; "no error" when it is not.
inline std::string fault(std::string_view text, Format format = Format::json) {
    const auto result = parse_task_definition(text, format, "web.json");
    return result ? "no error" : result.error().what();
}

/// A task whose only container has `fields` beside name and image, and `more` fields of its own.
inline std::string with_container(std::string_view fields, std::string_view more = "") {
    return R"({"family": "web", "containerDefinitions": [{"name": "app", "image": "nginx")" +
           std::string(fields.empty() ? "" : ", ") + std::string(fields) + "}]" +
           std::string(more.empty() ? "" : ", ") + std::string(more) + "}";
}

/// A task with one container and these fields of its own.
inline std::string with_task(std::string_view fields) {
    return with_container("", fields);
}

/// A task with these containers.
inline std::string with_containers(std::string_view containers, std::string_view more = "") {
    return R"({"family": "web", "containerDefinitions": [)" + std::string(containers) + "]" +
           std::string(more.empty() ? "" : ", ") + std::string(more) + "}";
}

struct Case {
    std::string_view fields;
    std::string_view reason;
};

} // namespace agent::definition
