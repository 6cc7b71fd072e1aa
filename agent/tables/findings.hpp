#pragma once
// What the reading of a document tells beside the value that it makes: for logs and for check-config.
// Values; any thread.

#include "base/error.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agent::tables {

/// Something that was read otherwise than it stands there, or not at all: once for all fields of which it
/// is true.
struct Notice {
    std::string what;               ///< "written as text, taken as a number"
    std::vector<std::string> paths; ///< of these fields; "" is the document
    bool operator==(const Notice&) const = default;
};

/// "<path>, <path>: <what>".
std::string to_string(const Notice& notice);

/// As many faults as somebody mends at once; the rest is not told.
constexpr std::size_t max_faults = 100;
/// As many fields a notice names.
constexpr std::size_t max_paths = 100;

struct Findings {
    std::vector<std::string> passed_over; ///< paths of fields that are taken without effect
    std::vector<Notice> notices;
    std::vector<base::Error> faults; ///< "<path>: <reason>" each; no path twice

    void note(std::string_view what, const std::string& path);
    void note_fault(const base::Error& fault);
};

/// The field that a fault is about: the word before the first ": ", or "".
std::string_view path_of(const base::Error& fault);

/// The line of the text, from 1, on which a field or an element begins, by its path.
using Lines = std::map<std::string, std::size_t>;

/// The line of what a fault is about, or of the innermost object around it; 0 where none is known.
std::size_t line_of(const base::Error& fault, const Lines& lines);

/// What becomes of something that ECS has and this host does not do.
enum class Unsupported {
    notice, ///< it is left out, and that is told
    refuse,
};

/// "notice", "refuse".
std::string_view to_string(Unsupported unsupported);

/// What a host says of such fields: by patterns that describe them (unsupported_fields.hpp). The first that matches
/// counts.
using UnsupportedFields = std::vector<std::pair<std::string, Unsupported>>;

/// How a document is read of which all faults are to be found and not only the first.
struct Reading {
    Findings findings;
    /// What says little is taken, as in a document of somebody else's. false: of our own, which says exactly what
    /// it is to say.
    bool is_lenient = true;
    UnsupportedFields unsupported;
    /// Numbers and flags are taken for texts, as CloudFormation does.
    bool scalars_are_texts = false;
};

} // namespace agent::tables
