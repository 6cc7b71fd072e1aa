// What check-config says of a file: all that is wrong, with lines, in words and as JSON.

#include "agent/cli/checked_file.hpp"

#include "fakes/temporary_folder.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace agent::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view wrong = R"({
  "family": "web",
  "cpu": "",
  "containerDefinitions": [
    {
      "name": "app",
      "image": "",
      "memory": "64",
      "hostname": "a_b"
    }
  ],
  "status": "ACTIVE"
})";

TEST(CheckedFile, SaysEveryFaultWithItsLine) {
    const auto file = check_file("web.json", wrong, {});
    EXPECT_FALSE(file.is_fine());
    EXPECT_EQ(
        render_faults(file),
        "web.json:7: containerDefinitions[0].image: must not be empty\n"
        "web.json:9: containerDefinitions[0].hostname: expected at most 63 letters, digits, '-' "
        "and '.', got \"a_b\"\n");
    EXPECT_EQ(render_notices(file),
              "web.json:3: notice: cpu: says nothing, as good as absent\n"
              "web.json:8: notice: containerDefinitions[0].memory: a number written as text\n"
              "web.json:12: notice: status: changes nothing here\n"
              "web.json: does not run here, 2 faults\n");
}

TEST(CheckedFile, SaysItAsJson) {
    const auto json = render_json(check_file("web.json", wrong, {}));
    EXPECT_EQ(json.at("runs"), false);
    EXPECT_FALSE(json.contains("family"));
    EXPECT_EQ(json.at("faults").at(0), Json::parse(R"({"field": "containerDefinitions[0].image",
        "line": 7, "reason": "must not be empty"})"));
    EXPECT_EQ(json.at("notices").at(0), Json::parse(R"({"fields": ["cpu"], "line": 3,
        "notice": "says nothing, as good as absent"})"));
    EXPECT_EQ(json.at("withoutEffect"), Json::array({"status"}));
}

TEST(CheckedFile, SaysWhereTextIsNoDocument) {
    const auto file = check_file("web.json", "{\"family\": }", {});
    EXPECT_TRUE(render_faults(file).starts_with("web.json: not valid JSON at line 1, column 12"))
        << render_faults(file);
    EXPECT_EQ(render_json(file).at("faults").at(0).at("field"), "");
}

TEST(CheckedFile, KnowsAFormatWithoutAnEnding) {
    constexpr std::string_view json =
        R"({"family": "f", "containerDefinitions": [{"name": "c", "image": "i"}]})";
    EXPECT_EQ(check_file("-", json, {}).family, "f");
    EXPECT_EQ(
        check_file("task.tpl", "# c\nfamily: f\ncontainerDefinitions: [{name: c, image: i}]\n", {})
            .family,
        "f");
    EXPECT_EQ(check_file("-", R"( [{"name": "c", "image": "i"}])", {}).family, "task");
    EXPECT_FALSE(check_file("task.json", "family: f\n", {}).is_fine()) << "its name says JSON";
}

TEST(CheckedFile, LooksIntoEnvironmentFiles) {
    fakes::TemporaryFolder folder;
    folder.write("good.env", "A=b\n");
    const auto text = [&](const std::string& first, const std::string& second) {
        return "taskDefinition:\n  family: f\n  containerDefinitions:\n  - name: c\n    image: i\n"
               "    environmentFiles:\n    - value: " +
               first + "\n    - value: " + second + "\n";
    };
    EXPECT_TRUE(
        check_file("t.yaml", text(folder.path("good.env"), folder.path("good.env")), {}).is_fine());
    const auto file =
        check_file("t.yaml", text(folder.path("good.env"), folder.path("none.env")), {});
    EXPECT_EQ(render_faults(file),
              "t.yaml:8: taskDefinition.containerDefinitions[0].environmentFiles[1].value: "
              "environment file " +
                  folder.path("none.env") + ": No such file or directory\n");
}

TEST(CheckedFile, SaysWhatIsWrongWithTheOverridesAndAllElse) {
    fakes::TemporaryFolder folder;
    folder.write("web.overrides.yaml", "containerOverrides: [{name: ap, image: x}]\n");
    const auto path = folder.path("web.json");
    const auto wrong_overrides = path + ": " + folder.path("web.overrides.yaml") +
                                 ": containerOverrides[0].name: no container \"ap\" in " + path +
                                 '\n';
    EXPECT_EQ(
        render_faults(check_file(
            path, R"({"family": "f", "containerDefinitions": [{"name": "app", "image": ""}]})",
            {})),
        wrong_overrides + path + ":1: containerDefinitions[0].image: must not be empty\n");
    const auto of_template =
        check_file(path, R"({"Type": "AWS::ECS::TaskDefinition", "Properties": {
        "ContainerDefinitions": [{"Name": "app", "Image": {"Fn::ImportValue": "x"}}]}})",
                   {});
    EXPECT_EQ(render_faults(of_template),
              path +
                  ":2: containerDefinitions[0].image: Fn::ImportValue cannot be told on this "
                  "host; write there what it stands for\n" +
                  wrong_overrides);
}

TEST(CheckedFile, SaysWhereASecretOfADescribedDefinitionIsNamed) {
    HostWords host;
    host.stand_ins.file = "/h.yaml";
    const auto file =
        check_file("t.yaml",
                   "taskDefinition:\n  family: f\n  containerDefinitions:\n  - name: c\n"
                   "    image: i\n    secrets:\n    - name: KEY\n      valueFrom: some/key\n",
                   host);
    EXPECT_EQ(render_faults(file),
              "t.yaml:8: taskDefinition.containerDefinitions[0].secrets[0].valueFrom: nothing in "
              "secrets of /h.yaml says where some/key is\n");
}

TEST(CheckedFile, SaysWhereAPlaceHolderStoodInOtherForms) {
    HostWords host;
    host.stand_ins.file = "/h.yaml";
    host.stand_ins.values = {{"<IMAGE>", "web:1", 3}, {"<PW>", "hunter22", 4}};
    const auto of_template = check_file("t.yaml",
                                        "Resources:\n  Web:\n    Type: AWS::ECS::TaskDefinition\n"
                                        "    Properties:\n      ContainerDefinitions:\n"
                                        "      - Name: app\n        Image: <IMAGE>\n"
                                        "        Environment:\n        - Name: P\n"
                                        "          Value: <PW>\n",
                                        host);
    ASSERT_TRUE(of_template.is_fine()) << render_faults(of_template);
    const auto text = render_notices(of_template);
    for (const auto* line :
         {"t.yaml:7: notice: containerDefinitions[0].image: web:1 instead of <IMAGE>, by "
          "/h.yaml:3\n",
          "t.yaml:10: notice: containerDefinitions[0].environment[0].value: filled in for <PW>, "
          "by /h.yaml:4\n"})
        EXPECT_NE(text.find(line), std::string::npos) << line << "\nin\n" << text;
    const auto json = render_json(of_template);
    EXPECT_EQ(json.at("replaced").at(1),
              Json::parse(R"({"field": "containerDefinitions[0].environment[0].value", "line": 10,
                  "before": "<PW>", "now": "", "saidIn": "/h.yaml:4"})"));
    EXPECT_EQ((text + json.dump()).find("hunter22"), std::string::npos);
    const auto of_list = check_file("t.json", "[{\"name\": \"c\",\n\"image\": \"<IMAGE>\"}]", host);
    EXPECT_EQ(render_json(of_list).at("replaced").at(0),
              Json::parse(R"({"field": "containerDefinitions[0].image", "line": 2,
                  "before": "<IMAGE>", "now": "web:1", "saidIn": "/h.yaml:3"})"));
}

TEST(CheckedFile, NamesEachImageOnceAndThoseThatAreMissing) {
    auto file = check_file("t.yaml",
                           "family: f\ncontainerDefinitions:\n- {name: a, image: i}\n"
                           "- {name: b, image: i}\n- {name: c, image: j}\n",
                           {});
    ASSERT_EQ(file.images.size(), 2U);
    file.missing_images.push_back(file.images[1]);
    EXPECT_EQ(
        render_notices(file),
        "t.yaml:5: notice: containerDefinitions[2].image: the image j is not on this host, it is "
        "pulled when the task starts\nt.yaml: runs here as the family f\n");
    EXPECT_EQ(render_json(file).at("images"), Json::array({"i", "j"}));
    EXPECT_EQ(render_json(file).at("missingImages"), Json::array({"j"}));
}

} // namespace
} // namespace agent::cli
