#pragma once
// What is to be said of a container: what it is given, by which rule, what it is not given, and what one
// that exists cannot get any more. Pure. No token is in it, and no id but one that the caller has put there.

#include "agent/containers/completion.hpp"
#include "agent/docker/types.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace agent::cli {

struct Explanation {
    std::string what; ///< the container's name, or the file's
    bool exists = false;
    containers::Plan plan;
    std::vector<std::string> variables; ///< names: of one that exists those that it has
    std::vector<std::string> labels;    ///< as variables
    std::string metadata_file;          ///< in the container, "" for none
    /// It exists and has a role, but no variable says where to ask for it.
    bool is_told_no_credentials = false;
    std::string credentials_id; ///< then: of its role, "" where it is not known
    /// Of one that exists, what it would have been given: names of variables and labels.
    std::vector<std::string> too_late;
    std::vector<containers::Withheld> withheld;
};

/// A container as it would be asked for today.
containers::Request request_of(const docker::ContainerInspect& inspect);

Explanation explain_request(std::string what, bool exists, const containers::Request& request,
                            const containers::Host& host);

/// For people. `host_file` is where the rules are.
std::string render_text(const Explanation& explanation, std::string_view host_file);
/// One JSON object.
std::string render_json(const Explanation& explanation);

} // namespace agent::cli
