#pragma once
// The forms in which people have a task definition, each brought to that of register-task-definition's
// input. Private to agent/definition. Pure.

#include "agent/definition/host.hpp"
#include "agent/tables/place.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace agent::definition {

/// What this host gives for a name of a template that the template does not tell; nothing where it does not.
using GivenValue = std::function<std::optional<std::string>(std::string_view name)>;

// written_form.cpp
/// Takes a list of containers (the family is the file's name), a CloudFormation template, the parts of
/// `aws ecs register-task-definition --generate-cli-skeleton` that were not filled in; anything else as it
/// is. How it was taken is noted, and so is what of a template cannot be told, each as a fault of its field.
/// `lines` get the paths of what comes out; may be nullptr. invalid_argument for a template that has not
/// exactly one task definition.
base::Result<tables::Json> to_ecs_form(tables::Json document, std::string_view file_name,
                                       const Host& host, const GivenValue& given,
                                       tables::Reading& reading, tables::Lines* lines);

// cloudformation.cpp
/// Whether it has CloudFormation's words: a template, a resource of one, or its properties.
bool is_template(const tables::Json& document);
base::Result<tables::Json> from_template(const tables::Json& document, const Host& host,
                                         const GivenValue& given, tables::Reading& reading,
                                         tables::Lines* lines);

// blank_parts.cpp
/// Takes out what a form has where nothing was filled in, and notes it.
void drop_blank_parts(tables::Json& definition, tables::Reading& reading);

} // namespace agent::definition
