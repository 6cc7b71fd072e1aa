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

struct CheckedFile {
    std::string file;   ///< as it was named
    std::string family; ///< "" where it is refused
    definition::Findings findings;
    definition::Lines lines;
    std::vector<NamedImage> images; ///< each name once
    std::vector<NamedImage> missing_images;
    std::vector<definition::Replacement> replaced; ///< what this host has put in
    std::vector<std::string> gpu_fields;           ///< those by which containers ask for GPUs

    bool is_fine() const { return findings.faults.empty(); }
};

/// What a host says of definitions.
struct HostWords {
    definition::Host here;
    stand_ins::StandIns stand_ins;
};

/// Parses and checks the text of a file, with the overrides beside it, and looks into the environment files
/// that it names. `file` says the format by its ending, else the text does. Blocks.
CheckedFile check_file(const std::string& file, std::string_view text, const HostWords& host);

/// The same for a file that cannot be read.
CheckedFile unreadable_file(const std::string& file, const base::Error& error);

/// A line each, "<file>:<line>: <field>: <reason>".
std::string render_faults(const CheckedFile& file);
/// A line each, "<file>:<line>: notice: <fields>: <what>", and one about the whole file.
std::string render_notices(const CheckedFile& file);
/// The same for programs.
nlohmann::ordered_json render_json(const CheckedFile& file);

} // namespace agent::cli
