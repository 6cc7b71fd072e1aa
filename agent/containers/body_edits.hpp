#pragma once
// What the bodies of containers and of services have in common: how variables, labels and mounts are read
// from them and put into them. Private to create_body.cpp and service_body.cpp.

#include "agent/containers/completion.hpp"
#include "agent/containers/go_struct.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace agent::containers {

/// The whole body, an object; `document` is what read_written_json() has made of it.
base::Result<GoStruct> body_of(std::string_view json, const WrittenValue& document);

/// Image, Env and Labels.
base::Result<> read_config(const GoStruct& config, Request& into);
/// Adds the elements of Mounts.
base::Result<> read_mounts(const GoStruct& config, std::vector<Mount>& into);

base::Result<> edit_variables(const GoStruct& config, const Additions& additions, JsonEdits& edits);
base::Result<> edit_labels(const GoStruct& config, const Additions& additions, JsonEdits& edits);
/// Puts the mount into Mounts, in the place of one of ours where there is one; false where there is none,
/// and nothing is done unless `always`.
base::Result<bool> edit_mounts(const GoStruct& config, const Mount& mount, bool always,
                               JsonEdits& edits);

/// Adds elements, as JSON, to the field's list, or a list of them where it is nil.
base::Result<> add_to_list(const GoStruct& whole, std::string_view field,
                           const std::vector<std::string>& elements, JsonEdits& edits);

/// A text as JSON.
std::string json_text(std::string_view text);

} // namespace agent::containers
