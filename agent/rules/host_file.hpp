#pragma once
// What this host says, as /etc/ecs/host.yaml has it: of the containers that it did not declare, which are
// given the contract, which role, family and cluster, and which roles a label may claim; and of task
// definitions, what stands here for what they name, and what becomes of what is not supported. Values; pure
// but for load_host_file().

#include "agent/stand_ins/stand_ins.hpp"
#include "agent/tables/findings.hpp"
#include "base/error.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::rules {

using stand_ins::StandIns;

/// What a rule asks for: all of it must hold, and "" is not asked for. All are patterns: '*' is any
/// text, '?' any character.
struct Match {
    std::string image; ///< with or without its tag; of Docker Hub's in its short form
    std::string compose_project;
    std::string compose_service;
    std::map<std::string, std::string> labels; ///< the value by the name, which is no pattern
    std::string network; ///< one of its networks, by name: "bridge", "host", "none", a user's

    bool operator==(const Match&) const = default;
};

/// What is said of the containers that match; "" and nothing: nothing is said of it.
struct ContainerRule {
    Match match;
    std::string task_role; ///< an ARN, or the name of a role of the host's account
    std::string family;
    std::string cluster;         ///< a name
    std::optional<bool> address; ///< true: each has a link-local address of its own
    std::optional<bool> opt_out; ///< true: these are given nothing

    bool operator==(const ContainerRule&) const = default;
};

struct HostFile {
    std::vector<ContainerRule> containers; ///< the first that matches counts, no other
    std::vector<std::string>
        roles_by_label; ///< patterns of ARNs, or of names in the host's account
    StandIns stand_ins; ///< sections values, images, volumes, logDrivers, secrets
    /// What becomes of fields of task definitions that are not supported; says nothing where it is empty.
    tables::UnsupportedFields unsupported;

    bool operator==(const HostFile&) const = default;
};

/// What is wrong with a host file, in its order, each with its line.
using HostFileFaults = std::vector<base::Error>;

/// The first fault: invalid_argument, "line <n>: <field>: <what was expected>", or with line and column where it is
/// no YAML. `path` is what notices call the file; `faults` takes all.
base::Result<HostFile> parse_host_file(std::string_view yaml, const std::string& path = {},
                                       HostFileFaults* faults = nullptr);

inline constexpr std::size_t largest_host_file = std::size_t{256} << 10;

/// The text of the file. It says who acts as which role: the errors of base::read_trusted_file(), each beginning
/// with the path. An absent file is empty, unless it is `required`: then it is not_found. Blocks.
base::Result<std::string> read_host_file_text(const std::string& path, bool required);

/// The file. The errors of read_host_file_text(), and those of parse_host_file() behind the path, so in `faults` too.
/// Blocks.
base::Result<HostFile> load_host_file(const std::string& path, bool required,
                                      HostFileFaults* faults = nullptr);

} // namespace agent::rules
