// The host file (agent/rules): what is taken decides about any container in one way, and gives no role
// that neither a rule nor roles_by_label has; a refusal is one short line.

#include "agent/rules/decision.hpp"
#include "base/text.hpp"
#include "tests/fuzz/support.hpp"

namespace {

using namespace agent::rules;
using fuzz::require;

const model::ArnScope scope{"eu-west-1", "123456789012", "default"};

void check_decision(const HostFile& file, const Subject& subject) {
    const auto decision = decide(subject, file, scope);
    require(!decision.rule || *decision.rule < file.containers.size(), "a rule that is not there");
    require(!(decision.rule && decision.undecided), "decided and undecided");
    require(!decision.identity.container_name.empty() && !decision.identity.family.empty(),
            "a container without a name");
    if (decision.undecided)
        require(decision.role_by.by != Source::By::rule, "a role by a rule that is undecided");
    if (decision.role_by.by == Source::By::rule)
        require(decision.role == model::role_arn(file.containers[*decision.rule].task_role, scope),
                "another role than the rule's");
    if (decision.role_by.by != Source::By::label)
        return;
    bool allowed = false;
    for (const auto& pattern : file.roles_by_label)
        allowed = allowed || base::matches(model::role_arn(pattern, scope), decision.role);
    require(allowed, "a role that labels may not claim");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto yaml = fuzz::text_of(data, size);
    const auto file = parse_host_file(yaml);
    if (!file) {
        const std::string what = file.error().what();
        require(!what.empty() && what.find('\n') == std::string::npos, "no line: " + what);
        require(what.size() < 8192, "a long line");
        return 0;
    }
    Subject subject;
    check_decision(*file, subject);
    subject.name = "web";
    subject.images = {"docker.io/library/nginx:1", std::string(yaml.substr(0, 64))};
    subject.networks = {"bridge", "back"};
    subject.labels = {{"com.docker.compose.project", "shop"},
                      {"com.docker.compose.service", "web"},
                      {"ecs-node-agent.task-role", "dev-web"},
                      {"team", "pay"}};
    check_decision(*file, subject);
    // Each rule's own container.
    for (const auto& rule : file->containers) {
        subject.images = {rule.match.image};
        subject.networks = {rule.match.network};
        subject.labels["ecs-node-agent.task-role"] = rule.task_role;
        check_decision(*file, subject);
    }
    return 0;
}
