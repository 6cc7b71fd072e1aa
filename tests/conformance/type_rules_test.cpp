// What the daemon really answers about real containers that have every feature, held to the types
// that readers need. What a feature is worth without its field is looked for as well.

#include "type_rules.hpp"

#include "tests/integration/support/tasks.hpp"

#include <fstream>
#include <sstream>

namespace conformance {

using integration::Answer;
using integration::docker;
using integration::endpoint_id_of;
using integration::endpoint_port;
using integration::eventually;
using integration::http_get;
using integration::introspection_port;
using std::chrono::seconds;

namespace {

const std::string serves =
    "httpd -p 80 -h /www; trap 'exit 0' TERM; while :; do sleep 1 & wait; done";

/// Everything that shows, in a container on the bridge beside one that ends and one that does not
/// stay, but is started again.
std::string everything(const std::string& pages) {
    return integration::task(
        "everything",
        {integration::container("app", serves, R"("cpu": 64, "memory": 48,
             "dockerLabels": {"colour": "<blue> & green"}, "dnsServers": ["192.0.2.53"],
             "dnsSearchDomains": ["shop.example"],
             "portMappings": [{"containerPort": 80, "hostPort": 0},
                              {"containerPort": 53, "protocol": "udp", "hostPort": 0}],
             "healthCheck": {"command": ["CMD-SHELL", "echo well"], "interval": 5},
             "restartPolicy": {"enabled": true},
             "logConfiguration": {"logDriver": "json-file", "options": {"max-size": "1m"}},
             "mountPoints": [{"sourceVolume": "pages", "containerPath": "/pages"},
                             {"sourceVolume": "data", "containerPath": "/data"}])"),
         integration::container("done", "exit 3", R"("essential": false)"),
         integration::container("plain", integration::runs_until_told())},
        R"("cpu": "256", "memory": "256", "tags": [{"key": "project", "value": "demo"}],
           "x-ecs-node-agent": {"serviceName": "shop"},
           "volumes": [{"name": "data"}, {"name": "pages", "host": {"sourcePath": ")" +
            pages + R"("}}])");
}

std::string of_mode(const std::string& family, const std::string& mode) {
    return integration::task(
        family,
        {integration::container("app", integration::runs_until_told(),
                                mode == "awsvpc" ? R"("portMappings": [{"containerPort": 80}])"
                                                 : ""),
         integration::container("side", integration::runs_until_told())},
        R"("networkMode": ")" + mode + '"');
}

std::string read(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

} // namespace

class AnswersTypes : public integration::TaskTest {
protected:
    void SetUp() override {
        TaskTest::SetUp();
        agent_->set("ECS_CONTAINER_INSTANCE_TAGS", R"({"rack":"7"})");
        agent_->start();
        agent_->put_task("everything.json", everything(agent_->directory() + "/pages"));
        for (const auto* mode : {"awsvpc", "host", "none"})
            agent_->put_task(std::string(mode) + ".json", of_mode(mode, mode));
        for (const auto* family : {"everything", "awsvpc", "host", "none"})
            apps_[family] = running(family);
        done_ = first("everything", "done");
        wait_for_end(done_);
    }

    /// Docker looks for the first time after the check's interval, 5 s at least.
    void wait_for_health() {
        const bool healthy = eventually(seconds(15), [&] {
            const auto app = shown(apps_["everything"], "app");
            return app.value("/Health/status"_json_pointer, "") == "HEALTHY";
        });
        ASSERT_TRUE(healthy);
    }

    static Answer ask(const std::string& path) {
        return http_get("127.0.0.1", endpoint_port, path);
    }

    /// What comes as JSON with this status, and breaks no rule; its text.
    static std::string hold(const Answer& answer, const Rules& rules, const std::string& what,
                            int status = 200) {
        EXPECT_EQ(answer.status, status) << what << ' ' << answer.body;
        const auto type = answer.headers.find("content-type");
        EXPECT_TRUE(type != answer.headers.end() && type->second == "application/json") << what;
        for (const auto& finding : findings_in(answer.body, rules))
            ADD_FAILURE() << what << ": " << finding;
        return answer.body;
    }

    /// The same asked from inside a container, as versions without an id have to be.
    static std::string hold_inside(const std::string& container, const std::string& path,
                                   const Rules& rules) {
        const auto body = integration::exec_in(container, "wget -qO- http://169.254.170.2" + path);
        for (const auto& finding : findings_in(body, rules))
            ADD_FAILURE() << path << ": " << finding;
        return body;
    }

    /// All of a table's fields that the documents have between them, else a feature is not shown.
    static void expect_seen(const std::vector<std::string>& paths, const Json& document) {
        for (const auto& path : paths)
            EXPECT_TRUE(document.contains(Json::json_pointer(path))) << path << " of " << document;
    }

    std::map<std::string, std::string> apps_; ///< by family
    std::string done_;
};

TEST_F(AnswersTypes, OfMetadataAreThoseThatReadersNeed) {
    wait_for_health();
    for (const auto& [family, app] : apps_) {
        SCOPED_TRACE(family);
        const auto id = endpoint_id_of(app);
        for (const auto& [name, version] :
             {std::pair("/v3/", Version::v3), {"/v4/", Version::v4}}) {
            hold(ask(name + id), container_rules(version), name);
            for (const auto* route : {"/task", "/taskWithTags"})
                hold(ask(name + id + route), task_rules(version), name + std::string(route));
        }
        if (family == "host" || family == "none")
            continue; // no address to know them by
        for (const auto* path :
             {"/v2/metadata", "/v2/metadataWithTags", "/v2/metadata/taskWithTags"})
            hold_inside(app, path, task_rules(Version::v2));
        hold_inside(app, "/v2/metadata/" + app, container_rules(Version::v2));
    }
    hold(ask("/v4/" + endpoint_id_of(done_)), container_rules(Version::v4), "stopped");
}

TEST_F(AnswersTypes, OfEveryFeatureAreThere) {
    wait_for_health();
    const auto task = ask("/v4/" + endpoint_id_of(apps_["everything"]) + "/taskWithTags").json();
    expect_seen({"/Limits/CPU", "/Limits/Memory", "/LaunchType", "/ServiceName",
                 "/TaskTags/project", "/ContainerInstanceTags/rack", "/ClockDrift/ClockErrorBound",
                 "/ClockDrift/ClockSynchronizationStatus", "/EphemeralStorageMetrics/Utilized",
                 "/EphemeralStorageMetrics/Reserved", "/AvailabilityZone",
                 "/FaultInjectionEnabled"},
                task);
    const auto app = integration::container_in(task, "app");
    expect_seen({"/Ports/1/HostIp", "/Labels/colour", "/CreatedAt", "/StartedAt", "/Health/status",
                 "/Health/statusSince", "/Health/output", "/Volumes/1/Source", "/LogDriver",
                 "/LogOptions/max-size", "/ContainerARN", "/RestartCount",
                 "/Networks/0/IPv4Addresses/0", "/Networks/0/DomainNameServers/0",
                 "/Networks/0/DomainNameSearchList/0"},
                app);
    EXPECT_EQ(app["Limits"], Json({{"CPU", 64}, {"Memory", 48}}));
    EXPECT_EQ(task["Limits"], Json({{"CPU", 0.25}, {"Memory", 256}}));
    const auto done = integration::container_in(task, "done");
    EXPECT_EQ(done.at("ExitCode"), 3);
    expect_seen({"/FinishedAt"}, done);
    const auto own = ask("/v4/" + endpoint_id_of(apps_["awsvpc"])).json();
    expect_seen({"/Networks/0/AttachmentIndex", "/Networks/0/MACAddress",
                 "/Networks/0/IPv4SubnetCIDRBlock", "/Networks/0/PrivateDNSName",
                 "/Networks/0/SubnetGatewayIpv4Address"},
                own);
    const auto name = own["Networks"][0].value("PrivateDNSName", "");
    const auto found = integration::exec_in(apps_["awsvpc"], "nslookup " + name + " 2>&1");
    EXPECT_NE(found.find(own["Networks"][0]["IPv4Addresses"][0].get<std::string>()), found.npos)
        << found;
}

TEST_F(AnswersTypes, OfEphemeralStorageAreDockersDisk) {
    const auto task = ask("/v4/" + endpoint_id_of(apps_["everything"]) + "/task").json();
    const auto root = docker({"info", "--format", "{{.DockerRootDir}}"});
    const auto total = integration::shell("df -Pk '" + root + "' | awk 'NR == 2 {print $2}'");
    EXPECT_EQ(task.at("EphemeralStorageMetrics").at("Reserved"), std::stoll(total) / 1024);
}

TEST_F(AnswersTypes, OfIntrospectionAreThoseThatReadersNeed) {
    const auto get = [](const std::string& path) {
        return http_get("127.0.0.1", introspection_port, path);
    };
    for (const auto& finding : findings_in(get("/").body, index_rules()))
        ADD_FAILURE() << finding;
    hold(get("/v1/metadata"), instance_rules(), "/v1/metadata");
    hold(get("/v1/tasks"), introspected_tasks_rules(), "/v1/tasks");
    for (const auto& [family, app] : apps_) {
        for (const auto length : {std::size_t{12}, app.size()})
            hold(get("/v1/tasks?dockerid=" + app.substr(0, length)), introspected_task_rules(),
                 family);
        hold(get("/v1/tasks?taskarn=" + integration::arn_of(app)), introspected_task_rules(),
             family);
    }
}

TEST_F(AnswersTypes, OfTheMetadataFileAndItsLayoutAreThoseThatReadersNeed) {
    for (const auto& [family, app] : apps_) {
        SCOPED_TRACE(family);
        ASSERT_TRUE(eventually(seconds(5), [&, id = app] { return is_ready(id); }));
        const auto text = read(metadata_file(app));
        for (const auto& finding : findings_in(text, metadata_file_rules()))
            ADD_FAILURE() << finding;
        for (const auto& finding : findings_in_layout(text))
            ADD_FAILURE() << finding;
    }
    // As two entrypoints that people run do it.
    const auto app = apps_["everything"];
    EXPECT_EQ(integration::exec_in(app, "grep ContainerID $ECS_CONTAINER_METADATA_FILE | "
                                        R"x(sed 's/.*: "\(.*\)",/\1/g')x"),
              app);
}

TEST_F(AnswersTypes, OfStatsAreThoseThatReadersNeed) {
    for (const auto& [family, app] : apps_) {
        SCOPED_TRACE(family);
        const auto id = endpoint_id_of(app);
        for (int round = 0; round < 2; ++round) // the first has no sample before it
            for (const auto& [name, version] :
                 {std::pair("/v3/", Version::v3), {"/v4/", Version::v4}}) {
                hold(ask(name + id + "/stats"), stats_rules(version), name);
                const auto all = ask(name + id + "/task/stats");
                auto of_task = Json::parse(all.body, nullptr, false);
                ASSERT_TRUE(all.status == 200 && of_task.is_object()) << all.status << all.body;
                if (family == "everything") {
                    EXPECT_EQ(of_task.at(done_), version == Version::v4 ? Json::object() : Json());
                    of_task.erase(done_);
                }
                for (const auto& finding : findings(of_task, task_stats_rules(version)))
                    ADD_FAILURE() << name << finding;
            }
    }
    const auto app = apps_["everything"];
    hold_inside(app, "/v2/stats/" + app, stats_rules(Version::v2));
    hold_inside(app, "/v2/stats", task_stats_rules(Version::v2));
}

TEST_F(AnswersTypes, OfCredentialsErrorsAreThoseThatReadersNeed) {
    for (const auto* path : {"/v2/credentials/", "/v2/credentials/nobody", "/v1/credentials",
                             "/v1/credentials?id=nobody"})
        hold(ask(path), credentials_error_rules(), path, 400);
}

} // namespace conformance
