// What a container runs, as whom, and what it may do.

#include "tests/integration/definition_fields.hpp"

namespace integration {

namespace {

/// A line "name:\tvalue" of /proc/1/status.
std::string status_of(FieldBench& bench, const std::string& container, const std::string& name) {
    return bench.inside(container, "sed -n 's/^" + name + ":[ \\t]*//p' /proc/1/status");
}

bool has_capability(FieldBench& bench, const std::string& container, unsigned number) {
    const auto mask = std::stoull(status_of(bench, container, "CapBnd"), nullptr, 16);
    return ((mask >> number) & 1U) != 0;
}

const std::string separated = "tr '\\0' '|' </proc/1/cmdline";

const FieldTrial name(in_container({"name"}), [](FieldBench& bench) {
    const auto looked_at = bench.looked_at("app");
    EXPECT_EQ(looked_at["Config"]["Labels"]["com.amazonaws.ecs.container-name"], "app");
    EXPECT_TRUE(looked_at["Name"].get<std::string>().starts_with("/ecs-many-7-app-"));
    EXPECT_EQ(bench.answer("app").at("Name"), "app");
});

const FieldTrial image(in_container({"image"}), [](FieldBench& bench) {
    EXPECT_EQ(bench.config("app")["Image"], demo_image);
    EXPECT_EQ(bench.answer("app").at("Image"), demo_image);
    EXPECT_EQ(bench.inside("app", "cat /www/index.html"), "hello from the ECS node agent");
});

const FieldTrial command(in_container({"command"}), [](FieldBench& bench) {
    EXPECT_EQ(bench.config("app")["Cmd"], Json({runs_until_told(), "zeroth", "first word"}));
    EXPECT_TRUE(bench.inside("app", separated).ends_with("|zeroth|first word|"));
});

const FieldTrial entry_point(in_container({"entryPoint"}), [](FieldBench& bench) {
    EXPECT_EQ(bench.config("app")["Entrypoint"], Json({"sh", "-c"}));
    EXPECT_TRUE(bench.inside("app", separated).starts_with("sh|-c|trap"));
});

const FieldTrial
    environment(in_container({"environment", "environment[].name", "environment[].value"}),
                [](FieldBench& bench) {
                    const auto app = bench.made("app");
                    EXPECT_EQ(variable_of(app, "GREETING"), "hello");
                    EXPECT_EQ(bench.inside("app", "echo \"$GREETING ${NOTHING-unset}\""), "hello ");
                });

const FieldTrial environment_files(in_container({"environmentFiles", "environmentFiles[].value"}),
                                   [](FieldBench& bench) {
                                       const auto app = bench.made("app");
                                       EXPECT_EQ(variable_of(app, "LEVEL"), "first");
                                       EXPECT_EQ(bench.inside("app", "echo $LEVEL $ONLY $GREETING"),
                                                 "first file hello");
                                   });

const FieldTrial secrets(in_container({"secrets", "secrets[].name", "secrets[].valueFrom"}),
                         [](FieldBench& bench) {
                             EXPECT_EQ(variable_of(bench.made("app"), "PASSWORD"), "open sesame");
                             EXPECT_EQ(bench.inside("app", "echo $PASSWORD"), "open sesame");
                             EXPECT_EQ(bench.kept("many.json").dump().find("sesame"),
                                       std::string::npos);
                         });

// There is no registry here: where no secret is for them, the host's own logins serve.
const FieldTrial repository_credentials(
    in_container({"repositoryCredentials", "repositoryCredentials.credentialsParameter"}),
    [](FieldBench& bench) {
        EXPECT_EQ(bench.inside("user", "echo up"), "up");
        const auto kept = bench.kept("many.json");
        EXPECT_EQ(kept.at("containerDefinitions").at(2).at("repositoryCredentials"),
                  Json({{"credentialsParameter", "shop/registry"}}));
    });

const FieldTrial working_directory(in_container({"workingDirectory"}), [](FieldBench& bench) {
    EXPECT_EQ(bench.config("app")["WorkingDir"], "/www/below");
    EXPECT_EQ(bench.inside("app", "readlink /proc/1/cwd"), "/www/below");
});

const FieldTrial user(in_container({"user"}), [](FieldBench& bench) {
    EXPECT_EQ(bench.config("user")["User"], "1234:5678");
    EXPECT_EQ(bench.inside("user", "id -u; id -g"), "1234\n5678");
});

const FieldTrial interactive(in_container({"interactive"}), [](FieldBench& bench) {
    EXPECT_EQ(bench.config("user")["OpenStdin"], true);
    EXPECT_EQ(bench.config("app")["OpenStdin"], false);
    EXPECT_TRUE(bench.inside("user", "readlink /proc/1/fd/0").starts_with("pipe:"));
    EXPECT_EQ(bench.inside("app", "readlink /proc/1/fd/0"), "/dev/null");
});

const FieldTrial pseudo_terminal(in_container({"pseudoTerminal"}), [](FieldBench& bench) {
    EXPECT_EQ(bench.config("terminal")["Tty"], true);
    EXPECT_EQ(bench.config("app")["Tty"], false);
    EXPECT_EQ(bench.inside("terminal", "readlink /proc/1/fd/1"), "/dev/pts/0");
});

const FieldTrial docker_labels(in_container({"dockerLabels"}), [](FieldBench& bench) {
    EXPECT_EQ(bench.config("app")["Labels"]["colour"], "blue");
    EXPECT_EQ(bench.answer("app").at("Labels").at("colour"), "blue");
});

const FieldTrial init(
    in_container({"linuxParameters", "linuxParameters.initProcessEnabled"}), [](FieldBench& bench) {
        EXPECT_EQ(bench.host_config("user")["Init"], true);
        EXPECT_TRUE(bench.inside("user", separated).starts_with("/sbin/docker-init|--|sh|-c|"));
    });

const FieldTrial capabilities(in_container({"linuxParameters.capabilities",
                                            "linuxParameters.capabilities.add",
                                            "linuxParameters.capabilities.drop"}),
                              [](FieldBench& bench) {
                                  constexpr unsigned chown = 0;
                                  constexpr unsigned net_admin = 12;
                                  const auto host = bench.host_config("app");
                                  EXPECT_EQ(host["CapAdd"], Json({"NET_ADMIN"}));
                                  EXPECT_EQ(host["CapDrop"], Json({"CHOWN"}));
                                  EXPECT_TRUE(has_capability(bench, "app", net_admin));
                                  EXPECT_FALSE(has_capability(bench, "app", chown));
                                  EXPECT_FALSE(has_capability(bench, "web", net_admin));
                                  EXPECT_TRUE(has_capability(bench, "web", chown));
                              });

const FieldTrial security_options(in_container({"dockerSecurityOptions"}), [](FieldBench& bench) {
    EXPECT_EQ(bench.host_config("app")["SecurityOpt"],
              Json({"no-new-privileges", "seccomp=unconfined", "label=disable"}));
    EXPECT_EQ(status_of(bench, "app", "NoNewPrivs"), "1");
    EXPECT_EQ(status_of(bench, "app", "Seccomp"), "0");
    EXPECT_EQ(status_of(bench, "web", "NoNewPrivs"), "0");
});

/// Where a right is missing on this machine, it cannot start; so only the engine is asked.
const FieldTrial privileged(in_container({"privileged"}), [](FieldBench& bench) {
    EXPECT_EQ(bench.host_config("strong")["Privileged"], true);
    EXPECT_EQ(bench.host_config("app")["Privileged"], false);
});

const FieldTrial log_configuration(
    in_container({"logConfiguration", "logConfiguration.logDriver", "logConfiguration.options",
                  "logConfiguration.secretOptions", "logConfiguration.secretOptions[].name",
                  "logConfiguration.secretOptions[].valueFrom"}),
    [](FieldBench& bench) {
        const Json options{{"max-buffer-size", "10m"},
                           {"max-size", "1m"},
                           {"mode", "non-blocking"},
                           {"tag", "shop"}};
        const auto configured = bench.host_config("app")["LogConfig"];
        EXPECT_EQ(configured["Type"], "json-file");
        auto given = options;
        given["labels"] = "colour";
        EXPECT_EQ(nlohmann::json(configured["Config"]), nlohmann::json(given));
        const auto shown = bench.answer("app");
        EXPECT_EQ(shown.at("LogDriver"), "json-file");
        EXPECT_EQ(nlohmann::json(shown.at("LogOptions")), nlohmann::json(options));
    });

const FieldTrial stream_prefix(in_container({"logConfiguration.options"}), [](FieldBench& bench) {
    const auto stream = "front/cloud/" + id_of(bench.made("cloud"));
    const Json options{
        {"awslogs-group", "shop"}, {"awslogs-region", "eu-west-1"}, {"awslogs-stream", stream}};
    const auto configured = bench.host_config("cloud")["LogConfig"];
    EXPECT_EQ(configured["Type"], "awslogs");
    EXPECT_EQ(nlohmann::json(configured["Config"]), nlohmann::json(options));
    // Alone it has no answer, as it never had a network.
    const auto task = bench.ask_about(bench.made("cloud"), "/task").json();
    const auto shown = container_in(task, "cloud");
    EXPECT_EQ(nlohmann::json(shown.at("LogOptions")), nlohmann::json(options));
});

const FieldTrial metadata_enable(in_container({"metadataEnable"}), [](FieldBench& bench) {
    constexpr auto variable = "ECS_CONTAINER_METADATA_FILE";
    EXPECT_EQ(variable_of(bench.made("user"), variable), "");
    EXPECT_TRUE(bench.looked_at("user")["Mounts"].empty());
    EXPECT_EQ(variable_of(bench.made("app"), variable), "/ecs/metadata/app/metadata.json");
    // Said of a container it wins over what is said of its task.
    EXPECT_EQ(Json::parse(bench.inside("right", std::string("cat $") + variable)).at("ContainerID"),
              bench.made("right"));
});

} // namespace

} // namespace integration
