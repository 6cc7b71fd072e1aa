#pragma once
// What check-config finds in a task definition's file, and how it is printed. Values; any thread.

#include "agent/definition/parse.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace agent::cli {

/// An image that a container names, and the field that does.
struct NamedImage {
    std::string field;
    std::string name;
};

/// What stands beside a file and changes it.
struct OverridesFile {
    std::string file; ///< its path; "" where there is none, or no telling which
    definition::Lines lines;
    std::vector<base::Error> faults; ///< also of what does not fit the file that it changes
};

struct CheckedFile {
    std::string file;        ///< as it was named
    OverridesFile overrides; ///< without what is in it where it has faults of its own
    std::string family;      ///< "" where it is refused
    definition::Findings findings;
    definition::Lines lines;
    std::vector<NamedImage> images; ///< each name once
    std::vector<NamedImage> missing_images;
    std::vector<definition::Replacement> replaced; ///< what this host has put in
    std::vector<std::string> gpu_fields;           ///< those by which containers ask for GPUs

    std::size_t faults() const { return findings.faults.size() + overrides.faults.size(); }
    bool is_fine() const { return faults() == 0; }
};

/// What a host says of definitions.
struct HostWords {
    definition::Host here;
    stand_ins::StandIns stand_ins;
};

/// Parses and checks the text of a file, with the overrides beside it, and looks for what it names on this host
/// (look_around.hpp). `file` says the format by its ending, else the text does. Blocks.
CheckedFile check_file(const std::string& file, std::string_view text, const HostWords& host);

/// The same for a file that cannot be read.
CheckedFile unreadable_file(const std::string& file, const base::Error& error);

/// "taskDefinition." where the file is what ECS answers, else "": before the fields of a definition.
std::string wrapper_of(const CheckedFile& file);
/// The field of a container, with the wrapper.
std::string field_of_container(const CheckedFile& file, std::size_t container,
                               const std::string& field);

/// A line each, "<file>:<line>: <field>: <reason>"; first those of the overrides, with their file.
std::string render_faults(const CheckedFile& file);
/// A line each, "<file>:<line>: notice: <fields>: <what>", and one about the whole file.
std::string render_notices(const CheckedFile& file);
/// The same for programs.
nlohmann::ordered_json render_json(const CheckedFile& file);

} // namespace agent::cli
