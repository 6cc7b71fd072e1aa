#include "agent/cli/mapping.hpp"

#include "base/text.hpp"

namespace agent::cli {

namespace {

constexpr std::string_view said_by_labels = R"(#
# Containers that no task definition declares (docs/compose.md):
#   Compose    project = family and task, service = container name; further replicas and one-off runs are
#              tasks of their own
#   Swarm      stack, else service = family, Swarm's task = task, service = ServiceName
#   labels     ecs-node-agent.task-role, .family, .cluster, .container-name, .task, .metadata,
#              .address, .opt-out
)";

/// Words behind each other, with ", " between them.
class Words {
public:
    void add(std::string_view name, std::string_view value) {
        if (!value.empty())
            add(std::string(name) + ' ' + std::string(value));
    }
    void add(const std::string& word) { text_ += (text_.empty() ? "" : ", ") + word; }
    std::string or_else(std::string_view nothing) const {
        return text_.empty() ? std::string(nothing) : text_;
    }

private:
    std::string text_;
};

std::string conditions(const rules::Match& match) {
    Words words;
    words.add("image", match.image);
    words.add("compose_project", match.compose_project);
    words.add("compose_service", match.compose_service);
    for (const auto& [name, pattern] : match.labels)
        words.add("label " + name + '=' + pattern);
    words.add("network", match.network);
    return words.or_else("every container");
}

std::string results(const rules::ContainerRule& rule) {
    Words words;
    words.add("task_role", rule.task_role);
    words.add("family", rule.family);
    words.add("cluster", rule.cluster);
    if (rule.address)
        words.add(*rule.address ? "address" : "no address");
    if (rule.opt_out)
        words.add(*rule.opt_out ? "opt_out" : "not opt_out");
    return words.or_else("");
}

} // namespace

std::string on_a_line(std::string_view text) {
    std::string line;
    while (!text.empty()) {
        const auto length = base::printable_length(text);
        line += length == 0 ? "?" : text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return line;
}

std::string render_mapping(const rules::HostFile& file, std::string_view path) {
    std::string text(said_by_labels);
    text += "#   rules      of " + on_a_line(path) + ", the first that matches counts:\n";
    for (std::size_t i = 0; i < file.containers.size(); ++i) {
        const auto& rule = file.containers[i];
        text += "#     containers[" + std::to_string(i) +
                "]: " + on_a_line(conditions(rule.match) + " -> " + results(rule)) + '\n';
    }
    if (file.containers.empty())
        text += "#     none\n";
    Words roles;
    for (const auto& pattern : file.roles_by_label)
        roles.add(pattern);
    text += "#   roles that labels may claim: " + on_a_line(roles.or_else("none")) + '\n';
    Words unsupported;
    for (const auto& [pattern, word] : file.unsupported)
        unsupported.add(pattern + " -> " + std::string(tables::to_string(word)));
    text += "# What is not supported in task definitions, the first that matches counts: " +
            on_a_line(unsupported.or_else("each field as docs/task-definitions.md says")) + '\n';
    return text;
}

} // namespace agent::cli
