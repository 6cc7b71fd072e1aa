// One container, one role, no keys: an AI tool server, which somebody starts by `docker run` or by Compose, has
// the role that the host's rule gives its image, and another image has nothing.

#include "tests/conformance/credentials/programs.hpp"
#include "tests/conformance/credentials/role_task.hpp"
#include "tests/integration/support/host_rules.hpp"

#include <fstream>

namespace conformance {

using namespace integration;

namespace {

const std::string image = "mcp/aws-tools:latest";
const std::string other_image = "mcp/other:latest";
const std::string role = "arn:aws:iam::000000000000:role/tools";

/// The conversation of a host with it, and nothing behind.
const std::string messages =
    R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{}})"
    "\n"
    R"({"jsonrpc":"2.0","method":"notifications/initialized"})"
    "\n"
    R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"who_am_i"}})"
    "\n";

} // namespace

class ToolServer : public RoleTaskTest {
protected:
    void SetUp() override {
        RoleTaskTest::SetUp();
        for (const auto& name : {image, other_image})
            docker({"tag", demo_image, name});
        put_rules(*agent_, "containers:\n"
                           "  - match: {image: mcp/aws-tools}\n"
                           "    task_role: tools\n");
        agent_->signal(SIGHUP);
        ASSERT_TRUE(agent_->logs({"configuration reloaded"}));
        std::ofstream(agent_->directory() + "/messages") << messages;
    }
    void TearDown() override {
        for (const auto& name : {image, other_image})
            run({"docker", "rmi", name});
        RoleTaskTest::TearDown();
    }
    std::string network_mode() const override { return "bridge"; }

    /// This machine's programs, which the demo image does not have.
    static Words folders() { return {"/usr", "/lib", "/lib64", sources_folder, installed_folder}; }
    Words server_words() const { return {path_of_node(), sources_folder + "/tool_server.js"}; }

    Words run_words(const std::string& of, const Words& options = {}) const {
        Words words{"run", "--rm", "--interactive", "--name", "ecs-int-tools"};
        for (const auto& folder : folders())
            words.insert(words.end(), {"--volume", folder + ':' + folder + ":ro"});
        for (const auto& variable : client_environment())
            words.insert(words.end(), {"--env", variable});
        words.insert(words.end(), options.begin(), options.end());
        words.push_back(of);
        const auto server = server_words();
        words.insert(words.end(), server.begin(), server.end());
        return words;
    }
    /// What its tool has answered to a host that speaks with it through the door.
    std::string answer_of(const std::string& client, const Words& words) const {
        std::string line = client;
        for (const auto& word : words)
            line += " '" + word + '\'';
        return text_of(run({"env", "DOCKER_HOST=unix://" + agent_->docker_socket(), "sh", "-c",
                            line + " <" + agent_->directory() + "/messages"}));
    }
    static std::string text_of(const Outcome& outcome) {
        for (const auto& line : lines_of(outcome.out)) {
            const auto message = Json::parse(line, nullptr, false);
            if (message.is_object() && message.value("id", 0) == 2)
                return message["result"]["content"][0]["text"];
        }
        ADD_FAILURE() << "it has answered nothing: " << outcome.out << outcome.err;
        return {};
    }
    void expect_no_keys(const Json& inspected) const {
        const auto text = inspected.dump();
        for (const auto& issued : aws_->issued_for(role))
            EXPECT_EQ(text.find(issued.at("AccessKeyId").get<std::string>()), std::string::npos);
        EXPECT_EQ(text.find("AWS_ACCESS_KEY"), std::string::npos);
        EXPECT_EQ(text.find("AWS_SECRET"), std::string::npos);
        EXPECT_EQ(text.find(AwsServer::base_key().at("SecretAccessKey")), std::string::npos);
    }
};

TEST_F(ToolServer, ThatDockerRunStartsActsAsTheRoleOfItsImage) {
    const auto arn = answer_of("docker", run_words(image));
    EXPECT_TRUE(arn.starts_with("arn:aws:sts::000000000000:assumed-role/tools/")) << arn;
    EXPECT_EQ(aws_->calls_of("AssumeRole").size(), 1U);
    for (const auto& call : aws_->calls())
        EXPECT_EQ(call.at("signature"), "good") << call.dump();
}

TEST_F(ToolServer, OfAnotherImageHasNothingAndNotByTheIdOfTheFirstEither) {
    Words detached = run_words(image);
    detached.insert(detached.begin() + 1, "--detach");
    Words words{"docker", "--host", "unix://" + agent_->docker_socket()};
    words.insert(words.end(), detached.begin(), detached.end());
    const auto id = must(words);
    const auto path = variable_of(id, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    ASSERT_FALSE(path.empty());
    expect_no_keys(inspect(id));
    auto others = run_words(other_image);
    others[4] = "ecs-int-other";
    EXPECT_TRUE(answer_of("docker", others).starts_with("CredentialsProviderError: "));
    auto thief =
        run_words(other_image, {"--env", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=" + path});
    thief[4] = "ecs-int-other";
    EXPECT_TRUE(answer_of("docker", thief).starts_with("CredentialsProviderError: "));
    run({"docker", "rm", "--force", id});
    EXPECT_TRUE(aws_->issued_for(role).size() <= 1U);
}

TEST_F(ToolServer, OfACompositionHasTheRoleOfItsImage) {
    const auto file = agent_->directory() + "/compose.json";
    Json service{{"image", image}, {"stdin_open", true}, {"command", server_words()}};
    for (const auto& folder : folders())
        service["volumes"].push_back(folder + ':' + folder + ":ro");
    service["environment"] = client_environment();
    std::ofstream(file) << Json{{"name", "ai"}, {"services", {{"tools", service}}}};
    const std::string compose =
        DOCKER_CLIENTS_FOLDER "/trixie/usr/libexec/docker/cli-plugins/docker-compose";
    const auto arn = answer_of(compose, {"--file", file, "run", "--rm", "-T", "tools"});
    EXPECT_TRUE(arn.starts_with("arn:aws:sts::000000000000:assumed-role/tools/")) << arn;
    run({"env", "DOCKER_HOST=unix://" + agent_->docker_socket(), compose, "--file", file, "down"});
}

} // namespace conformance
