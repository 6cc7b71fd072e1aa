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
    folder.write("mark.env", "\xEF\xBB\xBF"
                             "A=b\n");
    EXPECT_EQ(render_notices(
                  check_file("t.yaml", text(folder.path("mark.env"), folder.path("mark.env")), {})),
              "t.yaml: runs here as the family f\n")
        << "a byte order mark is no part of a line";
    folder.write("bad.env", "A=b\nexport\n# no\n=c\n");
    folder.write("one.env", "export\n");
    EXPECT_EQ(render_notices(
                  check_file("t.yaml", text(folder.path("bad.env"), folder.path("one.env")), {})),
              "t.yaml:7: notice: taskDefinition.containerDefinitions[0].environmentFiles[0].value: "
              "2 lines are no variables and are passed over, the first is " +
                  folder.path("bad.env") +
                  ": line 2\n"
                  "t.yaml:8: notice: taskDefinition.containerDefinitions[0].environmentFiles[1]."
                  "value: 1 line is no variable and is passed over, " +
                  folder.path("one.env") + ": line 1\nt.yaml: runs here as the family f\n");
}

TEST(CheckedFile, SaysWhatIsWrongWithTheOverridesAndAllElse) {
    fakes::TemporaryFolder folder;
    const auto overrides = folder.path("web.overrides.yaml");
    folder.write("web.overrides.yaml",
                 "containerOverrides:\n- {name: ap, image: x}\n- {name: sid, image: x}\n");
    const auto path = folder.path("web.json");
    const auto wrong_overrides =
        overrides + ":2: containerOverrides[0].name: no container \"ap\" in " + path + '\n' +
        overrides + ":3: containerOverrides[1].name: no container \"sid\" in " + path + '\n';
    const auto file = check_file(
        path, R"({"family": "f", "containerDefinitions": [{"name": "app", "image": ""}]})", {});
    EXPECT_EQ(render_faults(file),
              wrong_overrides + path + ":1: containerDefinitions[0].image: must not be empty\n");
    EXPECT_EQ(render_json(file).at("faults").at(0),
              Json({{"field", "containerOverrides[0].name"},
                    {"line", 2},
                    {"reason", "no container \"ap\" in " + path},
                    {"file", overrides}}));
    EXPECT_NE(render_notices(file).find("does not run here, 3 faults"), std::string::npos);
    const auto of_template =
        check_file(path, R"({"Type": "AWS::ECS::TaskDefinition", "Properties": {
        "ContainerDefinitions": [{"Name": "app", "Image": {"Fn::ImportValue": "x"}}]}})",
                   {});
    EXPECT_EQ(render_faults(of_template),
              wrong_overrides + path +
                  ":2: containerDefinitions[0].image: Fn::ImportValue cannot be told on this "
                  "host; write there what it stands for\n");
}

TEST(CheckedFile, IsCheckedAlsoWhereItsOverridesCannotBeUsed) {
    fakes::TemporaryFolder folder;
    const auto path = folder.path("o.json");
    constexpr std::string_view two_wrong = R"({"family": "f", "containerDefinitions": [
        {"name": "a", "image": ""},
        {"name": "b", "image": "BAD"}]})";
    folder.write("o.overrides.yaml", "\ncolour: red\ncpu: many\n");
    const auto text = render_faults(check_file(path, two_wrong, {}));
    for (const auto& begin : {folder.path("o.overrides.yaml:2: colour: unknown field\n"),
                              folder.path("o.overrides.yaml:3: cpu: "),
                              path + ":2: containerDefinitions[0].image: must not be empty\n",
                              path + ":3: containerDefinitions[1].image: "})
        EXPECT_NE(text.find(begin), std::string::npos) << begin << "\nin\n" << text;
    folder.write("o.overrides.yaml", "values: {\"<A>\": \"");
    const auto broken = check_file(path, two_wrong, {});
    EXPECT_EQ(broken.faults(), 3U) << render_faults(broken);
    EXPECT_NE(render_faults(broken).find(folder.path("o.overrides.yaml") + ": not valid YAML"),
              std::string::npos)
        << render_faults(broken);
    folder.write("o.overrides.json", "{}");
    EXPECT_NE(render_faults(check_file(path, two_wrong, {})).find(": only one file of overrides"),
              std::string::npos);
    folder.remove("o.overrides.json");
    // What is right of the file does not make it fine.
    folder.write("o.overrides.yaml", "colour: red\n");
    EXPECT_FALSE(check_file(path,
                            R"({"family": "f", "containerDefinitions": [
                                {"name": "a", "image": "i"}]})",
                            {})
                     .is_fine());
}

TEST(CheckedFile, SaysWhatTheOverridesReplaceAndWhere) {
    fakes::TemporaryFolder folder;
    folder.write("web.overrides.yaml", "containerOverrides:\n- name: c\n  image: web:dev\n"
                                       "values:\n  <F>: web\n");
    const auto file =
        check_file(folder.path("web.yaml"),
                   "family: <F>\ncontainerDefinitions: [{name: c, image: web:1}]\n", {});
    ASSERT_TRUE(file.is_fine()) << render_faults(file);
    const auto said_in = folder.path("web.overrides.yaml:");
    EXPECT_EQ(render_json(file).at("replaced"),
              Json::array({{{"field", "family"},
                            {"line", 1},
                            {"before", "<F>"},
                            {"now", "web"},
                            {"saidIn", said_in + '5'}},
                           {{"field", "containerDefinitions[0].image"},
                            {"line", 2},
                            {"before", "web:1"},
                            {"now", "web:dev"},
                            {"saidIn", said_in + '3'}}}));
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
