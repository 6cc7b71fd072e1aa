// Bodies of POST /containers/create, before and after.

#include "agent/containers/create_body.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace agent::containers {
namespace {

using Strings = std::vector<std::string>;

const std::string own_id = "11111111-2222-4333-8444-555555555555";

Additions some_additions() {
    Additions additions;
    additions.variables = {"A=new"};
    additions.labels = {{"l", "v"}};
    additions.mount = Mount{"bind", "/data/metadata/c/t/web", "/ecs/metadata/web", "", false};
    return additions;
}

std::string completed(std::string_view body, const Additions& additions) {
    const auto text = complete_create_body(body, additions);
    EXPECT_TRUE(text) << body << ": " << (text ? "" : text.error().what());
    return text ? *text : std::string();
}

Additions only_variables(Strings set, Strings unset = {}) {
    Additions additions;
    additions.variables = std::move(set);
    additions.unset = std::move(unset);
    return additions;
}

Additions only_labels(std::map<std::string, std::string> labels) {
    Additions additions;
    additions.labels = std::move(labels);
    return additions;
}

Additions only_mount() {
    Additions additions;
    additions.mount = some_additions().mount;
    return additions;
}

Request request_of(std::string_view body, std::string_view name = "web") {
    auto request = read_create_body(body, name);
    EXPECT_TRUE(request) << body << ": " << (request ? "" : request.error().what());
    return request ? std::move(*request) : Request{};
}

// As the CLI writes it.
TEST(CreateBody, IsReadAsTheEngineReadsIt) {
    const auto request = request_of(R"({"Hostname":"","Env":["A=1","B"],"Image":"nginx:1",
        "Labels":{"com.docker.compose.project":"shop"},"Volumes":{"/anonymous":{}},
        "HostConfig":{"Binds":["/h:/bound:ro","named:/named"],"NetworkMode":"back",
          "Mounts":[{"Type":"volume","Source":"v","Target":"/mounted",
                     "VolumeOptions":{"DriverConfig":{"Name":"ecs-metadata"}}}],
          "Tmpfs":{"/tmpfs":"size=1m"},"VolumesFrom":["other:ro"]},
        "NetworkingConfig":{"EndpointsConfig":{"back":{},"front":null}}})");
    EXPECT_EQ(request.subject.name, "web");
    EXPECT_EQ(request.subject.images, Strings{"nginx:1"});
    EXPECT_EQ(request.subject.labels.at("com.docker.compose.project"), "shop");
    EXPECT_EQ(request.subject.networks, (Strings{"back", "front"}));
    EXPECT_EQ(request.environment, (Strings{"A=1", "B"}));
    EXPECT_EQ(request.volumes_from, Strings{"other:ro"});
    EXPECT_EQ(request.image_environment, std::nullopt) << "that is the caller's to know";
    const std::vector<Mount> mounts{{"bind", "/h", "/bound", "", false},
                                    {"volume", "named", "/named", "", false},
                                    {"volume", "v", "/mounted", "ecs-metadata", false},
                                    {"tmpfs", "", "/tmpfs", "", false},
                                    {"volume", "", "/anonymous", "", false}};
    EXPECT_EQ(request.mounts, mounts);
    EXPECT_TRUE(request.takes_mounts && request.takes_labels);
}

TEST(CreateBody, MaySayLittle) {
    const auto request = request_of(R"({"Image":"a","Env":null,"Labels":null,"HostConfig":null})");
    EXPECT_TRUE(request.environment.empty());
    EXPECT_EQ(request.subject.networks, Strings{"bridge"});
    EXPECT_EQ(request.mounts, std::vector<Mount>());
    EXPECT_EQ(request_of(R"({"HostConfig":{"NetworkMode":"default"}})").subject.networks,
              Strings{"bridge"});
}

// Engines before 23 take HostConfig's fields at the top; one of ours beside them would hide them.
TEST(CreateBody, AHostConfigAtTheTopIsNotHidden) {
    EXPECT_TRUE(request_of(R"({"image":"a","Healthcheck":{}})").takes_mounts);
    EXPECT_FALSE(request_of(R"({"Image":"a","Binds":["/x:/y"]})").takes_mounts);
    EXPECT_TRUE(request_of(R"({"Image":"a","Binds":["/x:/y"],"HostConfig":{}})").takes_mounts);
}

TEST(CreateBody, GetsWhatItHasNot) {
    EXPECT_EQ(completed("{}", some_additions()),
              R"({"Env":["A=new"],"Labels":{"l":"v"},"HostConfig":{"Binds":[)"
              R"("/data/metadata/c/t/web:/ecs/metadata/web:ro"]}})");
    EXPECT_EQ(completed(R"({"Env":null, "labels": null ,"HostConfig":null})", some_additions()),
              R"({"Env":["A=new"], "labels": {"l":"v"} ,"HostConfig":{"Binds":[)"
              R"("/data/metadata/c/t/web:/ecs/metadata/web:ro"]}})");
    EXPECT_EQ(
        completed(R"({"HostConfig":{"Binds":null,"Memory":9223372036854775807}})", only_mount()),
        R"({"HostConfig":{"Binds":["/data/metadata/c/t/web:/ecs/metadata/web:ro"],)"
        R"("Memory":9223372036854775807}})");
}

TEST(CreateBody, StaysAsItIsWritten) {
    const std::string body = "{ \"Image\" : \"a\\u0062\",\n \"Env\":[\"X=\\u003c\\/\"] ,\n"
                             "\t\"HostConfig\":{\"Memory\":1e3, \"NanoCpus\": 1.50,\"Binds\":[ ]},"
                             "\"Unknown\":{\"deep\":[1,[2]]},\"Labels\":{} }\n";
    EXPECT_EQ(completed(body, Additions()), body);
    EXPECT_EQ(completed(body, some_additions()),
              "{ \"Image\" : \"a\\u0062\",\n \"Env\":[\"X=\\u003c\\/\",\"A=new\"] ,\n"
              "\t\"HostConfig\":{\"Memory\":1e3, \"NanoCpus\": 1.50,\"Binds\":["
              "\"/data/metadata/c/t/web:/ecs/metadata/web:ro\" ]},"
              "\"Unknown\":{\"deep\":[1,[2]]},\"Labels\":{\"l\":\"v\"} }\n");
}

// "env" beside an "Env" of ours would be the last, and the user's A lost.
TEST(CreateBody, KeysAreComparedWithoutCase) {
    EXPECT_EQ(completed(R"({"env":["B=1"],"LABELS":{"a":"b"},"hostconfig":{"binds":["/x:/y"]}})",
                        some_additions()),
              R"({"env":["B=1","A=new"],"LABELS":{"a":"b","l":"v"},"hostconfig":{"binds":["/x:/y",)"
              R"("/data/metadata/c/t/web:/ecs/metadata/web:ro"]}})");
}

TEST(CreateBody, OfKeysThatComeTwiceTheOneInForceIsChanged) {
    EXPECT_EQ(completed(R"({"Env":["B=1"],"env":["C=1"]})", only_variables({"A=new"})),
              R"({"Env":["B=1"],"env":["C=1","A=new"]})");
    EXPECT_EQ(completed(R"({"Env":["B=1"],"env":null})", only_variables({"A=new"})),
              R"({"Env":["B=1"],"env":["A=new"]})");
    EXPECT_EQ(completed(R"({"Labels":{"l":"old"},"labels":{"m":"1"}})", only_labels({{"l", "v"}})),
              R"({"Labels":{"l":"v"},"labels":{"m":"1"}})");
    EXPECT_EQ(completed(R"({"Labels":{"l":"old"},"labels":null})", only_labels({{"l", "v"}})),
              R"({"Labels":{"l":"old"},"labels":{"l":"v"}})");
    EXPECT_EQ(
        completed(R"({"HostConfig":{"Binds":["/a:/b"]},"hostConfig":{"Memory":1}})", only_mount()),
        R"({"HostConfig":{"Binds":["/a:/b","/data/metadata/c/t/web:/ecs/metadata/web:ro"]},)"
        R"("hostConfig":{"Memory":1}})");
}

TEST(CreateBody, VariablesOfOursAreReplacedWhereTheyStand) {
    EXPECT_EQ(completed(R"({"Env":["A=1","B=2","A=3"]})", only_variables({"A=new"})),
              R"({"Env":["A=1","B=2","A=new"]})")
        << "the last of a name counts";
    EXPECT_EQ(completed(R"({"Env":["A=new"]})", only_variables({"A=new"})), R"({"Env":["A=new"]})");
    EXPECT_EQ(completed(R"({"Env":["\u0041=1"]})", only_variables({"A=\"<\n"})),
              R"({"Env":["A=\"\u003c\n"]})");
}

// A name without a value takes the variable of the image away, or one of the same body.
TEST(CreateBody, VariablesAreTakenAwayByTheirName) {
    EXPECT_EQ(completed(R"({"Env":["A=1","B=2","A=3"]})", only_variables({}, {"A"})),
              R"({"Env":["A","B=2","A"]})");
    EXPECT_EQ(completed(R"({"Env":["B=2"]})", only_variables({}, {"A"})), R"({"Env":["B=2","A"]})");
}

TEST(CreateBody, AMountOfOursIsReplacedWhereItStands) {
    EXPECT_EQ(
        completed(R"({"HostConfig":{"Binds":["/old:/ecs/metadata/web:ro","/x:/y"]}})",
                  only_mount()),
        R"({"HostConfig":{"Binds":["/data/metadata/c/t/web:/ecs/metadata/web:ro","/x:/y"]}})");
    const auto mounted = completed(
        R"({"HostConfig":{"Mounts":[{"Type":"bind","Source":"/old","Target":"/ecs/metadata/web"}]}})",
        only_mount());
    EXPECT_EQ(mounted,
              R"({"HostConfig":{"Mounts":[{"Type":"bind","Source":"/data/metadata/c/t/web",)"
              R"("Target":"/ecs/metadata/web","ReadOnly":true}]}})");
}

TEST(CreateBody, AMountIsLabelledForSelinux) {
    auto additions = only_mount();
    additions.mount->selinux = true;
    EXPECT_EQ(completed("{}", additions), R"({"HostConfig":{"Binds":[)"
                                          R"("/data/metadata/c/t/web:/ecs/metadata/web:ro,z"]}})");
}

TEST(CreateBody, ThatTheEngineWouldRefuseIsNotTouched) {
    for (const auto* body :
         {"", "null", "[]", "\"x\"", "{\"Env\":\"A=1\"}", "{\"Env\":[1]}", "{\"Env\":[null]}",
          "{\"Labels\":[]}", "{\"HostConfig\":1}", "{\"HostConfig\":{\"Binds\":{}}}", "{}x",
          "{\"Env\":[\"A=1\"]", "{\"HostConfig\":{\"Mounts\":[1]}}"}) {
        EXPECT_FALSE(complete_create_body(body, some_additions())) << body;
        EXPECT_FALSE(read_create_body(body, "")) << body;
    }
}

TEST(CreateBody, NoErrorRepeatsIt) {
    for (const auto* body : {"{\"Env\":[\"PASSWORD=secret\"],}", "{\"Env\":\"PASSWORD=secret\"}",
                             "{\"Labels\":{\"secret\":1}}", "secret"}) {
        const auto error = read_create_body(body, "").error();
        EXPECT_EQ(error.what().find("secret"), std::string::npos) << error.what();
    }
}

// The body that the CLI has written, through the whole of it.
TEST(CreateBody, IsCompletedAsPlanned) {
    const std::string body = R"({"Hostname":"","Image":"busybox","Env":["MINE=1",)"
                             R"("ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4"],)"
                             R"("HostConfig":{"Binds":null,"Tmpfs":{"/ecs":""}}})";
    auto request = request_of(body);
    request.image_environment = Strings{"PATH=/bin"};
    Host host;
    host.scope = {"eu-west-1", "123456789012", "default"};
    const auto planned = plan(request, host);
    EXPECT_FALSE(planned.metadata_file);
    Minted minted{own_id, "arn:aws:ecs:eu-west-1:123456789012:task/default/1", {}, std::nullopt};
    const auto text = completed(body, complete(request, host, planned, minted));
    const auto after = nlohmann::json::parse(text);
    EXPECT_EQ(after["Env"],
              (Strings{"MINE=1", "ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4",
                       "ECS_CONTAINER_METADATA_URI=http://169.254.170.2/v3/" + own_id,
                       "ECS_AGENT_URI=http://169.254.170.2/api/" + own_id, "AWS_REGION=eu-west-1",
                       "AWS_DEFAULT_REGION=eu-west-1", "AWS_EXECUTION_ENV=AWS_ECS_EC2"}));
    EXPECT_EQ(after["Labels"].size(), 5U);
    EXPECT_TRUE(after["HostConfig"]["Binds"].is_null());
    // What was completed says so to the next door: it is the caller who knows whose the id is.
    auto again = request_of(text);
    again.completed = true;
    EXPECT_FALSE(plan(again, host).gives);
}

} // namespace
} // namespace agent::containers
