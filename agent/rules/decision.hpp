#pragma once
// What a container that no task definition declares is to be: whether it wants the contract, whose task
// it is, and which role it acts as; by its labels and by the host's rules. The same for every door that
// a container comes through, and for what came through none. Pure; any thread.

#include "agent/rules/host_file.hpp"
#include "model/arn.hpp"
#include "model/identity.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::rules {

/// What is known of a container. What a door does not know it does not make up.
struct Subject {
    std::string name; ///< Docker's, without a slash; "" before the engine has chosen one
    /// As they were asked for. An image may carry those of a container that it was made of, so only
    /// these say to which task one belongs.
    std::map<std::string, std::string> labels;
    std::map<std::string, std::string> image_labels; ///< what is said of the image; `labels` win
    /// The image as it was named, or all names of its id; nothing where the door is not told.
    std::optional<std::vector<std::string>> images;
    /// Network mode and names of networks; nothing where the door is not told.
    std::optional<std::vector<std::string>> networks;
};

/// Who has decided something.
struct Source {
    enum class By { nobody, label, rule, agent };
    By by = By::nobody;
    std::size_t rule = 0; ///< its index, from 0, in HostFile::containers

    bool operator==(const Source&) const = default;
};

struct Decision {
    bool opted_out = false; ///< it is given nothing
    Source opted_out_by;    ///< `agent`: it is one of the agent's own
    /// With family and task key as decided: whoever has another role, family or cluster than the rest
    /// of a group is a task of its own with all that have the same.
    model::Identity identity;
    Source family_by; ///< nobody: it follows from the identity
    std::string cluster;
    Source cluster_by; ///< nobody: the host's
    std::string role;  ///< its ARN, "" for none
    Source role_by;
    std::string refused_role; ///< an ARN that its label claims and may not
    bool address = false;     ///< it has a link-local address of its own
    Source address_by;
    std::optional<bool> metadata;    ///< what its label says of the metadata file
    std::optional<std::size_t> rule; ///< the one that matches
    /// The first rule that might match if more were known, and what: "image", "network". What it and
    /// those behind it say is in nothing above.
    std::optional<std::size_t> undecided;
    std::string_view undecided_for;
};

/// Out is out, whoever says it, and so is an address that a rule refuses. A label's family and cluster win
/// over a rule's; its role does where roles_by_label has it, and is refused elsewhere.
Decision decide(const Subject& subject, const HostFile& file, const model::ArnScope& scope);

/// All of its labels, as the engine will merge them.
std::map<std::string, std::string> merged_labels(const Subject& subject);

} // namespace agent::rules
