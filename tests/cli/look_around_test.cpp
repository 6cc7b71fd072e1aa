// What check-config says of a definition's secrets, folders and log drivers on this host.

#include "agent/cli/look_around.hpp"

#include "fakes/temporary_folder.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>

namespace agent::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

class LookAround : public testing::Test {
protected:
    LookAround() { host.stand_ins.file = "/h.yaml"; }

    std::string put(const std::string& name, const std::string& text, fs::perms perms) {
        folder.write(name, text);
        fs::permissions(folder.path(name), perms);
        return folder.path(name);
    }
    stand_ins::SecretSource& add(const std::string& pattern) {
        const auto line = static_cast<int>(host.stand_ins.secrets.size()) + 1;
        host.stand_ins.secrets.push_back({pattern, {}, line});
        return host.stand_ins.secrets.back().value;
    }
    CheckedFile check(const std::string& rest) const {
        return check_file("t.yaml",
                          "family: f\ncontainerDefinitions:\n- name: c\n  image: i\n" + rest, host);
    }
    CheckedFile check_secret(const std::string& name) const {
        return check("  secrets:\n  - name: KEY\n    valueFrom: " + name + '\n');
    }

    static constexpr auto own = fs::perms::owner_read | fs::perms::owner_write;
    const std::string secret = "t.yaml:7: containerDefinitions[0].secrets[0].valueFrom: ";
    const std::string fine = "t.yaml: runs here as the family f\n";
    fakes::TemporaryFolder folder;
    HostWords host;
};

TEST_F(LookAround, SaysWhereSecretsAreAndNotWhatTheyAre) {
    add("db").file = put("db.json", R"({"username": "u", "password": "hunter22"})", own);
    add("program").program = {put("print", "#!/bin/sh\n", fs::perms::owner_all), "hunter23"};
    add("none").missing = stand_ins::MissingSecret::omit;
    const auto file = check("  repositoryCredentials: {credentialsParameter: db}\n"
                            "  secrets:\n  - {name: A, valueFrom: program}\n"
                            "  - {name: B, valueFrom: none}\n"
                            "  logConfiguration:\n    logDriver: splunk\n"
                            "    secretOptions: [{name: splunk-token, valueFrom: db}]\n");
    ASSERT_TRUE(file.is_fine()) << render_faults(file);
    const auto text = render_notices(file);
    const std::string place = ": notice: containerDefinitions[0].";
    EXPECT_EQ(text, "t.yaml:7" + place + "secrets[0].valueFrom: program " + folder.path("print") +
                        " instead of program, by /h.yaml:2\nt.yaml:8" + place +
                        "secrets[1].valueFrom: left out instead of none, by /h.yaml:3\nt.yaml:11" +
                        place + "logConfiguration.secretOptions[0].valueFrom: file " +
                        folder.path("db.json") + " instead of db, by /h.yaml:1\nt.yaml:5" + place +
                        "repositoryCredentials.credentialsParameter: file " +
                        folder.path("db.json") + " instead of db, by /h.yaml:1\n" + fine);
    EXPECT_EQ((text + render_json(file).dump()).find("hunter"), std::string::npos);
}

TEST_F(LookAround, SecretsThatAreNotThereKeepATaskFromRunning) {
    auto& gone = add("gone");
    gone.file = "/nonexistent/db.json";
    EXPECT_EQ(render_faults(check_secret("gone")),
              secret + "/nonexistent/db.json: No such file or directory\n");
    host.stand_ins.secrets.back().value.missing = stand_ins::MissingSecret::omit;
    const auto omitted = check_secret("gone");
    EXPECT_TRUE(omitted.is_fine());
    EXPECT_NE(
        render_notices(omitted).find("is missing and left out: /nonexistent/db.json: No such file"),
        std::string::npos)
        << render_notices(omitted);
    auto& key = add("key");
    key.key = "other";
    key.file = put("key.json", R"({"k": "hunter22"})", own);
    EXPECT_EQ(render_faults(check_secret("key")),
              secret + folder.path("key.json") + ": there is no key \"other\"\n");
    auto& program = add("program");
    program.program = {folder.path("none")};
    EXPECT_EQ(render_faults(check_secret("program")),
              secret + folder.path("none") + ": No such file or directory\n");
    host.stand_ins.secrets.back().value.program = {put("print", "#!/bin/sh\n", own)};
    EXPECT_NE(render_faults(check_secret("program")).find("nobody may run it"), std::string::npos);
    add("login").file = put("login", "no object", own);
    EXPECT_NE(render_faults(check("  repositoryCredentials: {credentialsParameter: login}\n"))
                  .find("expected a JSON object with username and password"),
              std::string::npos);
}

TEST_F(LookAround, SecretsThatOthersMayReadKeepATaskFromRunning) {
    auto& open = add("open");
    open.missing = stand_ins::MissingSecret::omit;
    open.file = put("open", "hunter22", own | fs::perms::others_read);
    // Whoever runs this.
    EXPECT_NE(render_faults(check_secret("open")).find(secret + open.file + ": others may read it"),
              std::string::npos);
}

TEST_F(LookAround, AFolderThatIsNotThereIsTold) {
    const auto text = [&](const std::string& name) {
        return render_notices(
            check("volumes:\n- name: v\n  host:\n    sourcePath: " + folder.path(name) + '\n'));
    };
    EXPECT_EQ(text("none"), "t.yaml:8: notice: volumes[0].host.sourcePath: " + folder.path("none") +
                                " is not on this host, Docker makes an empty directory of it\n" +
                                fine);
    folder.write("there/file", "");
    EXPECT_EQ(text("there"), fine);
}

TEST_F(LookAround, ALogDriverThatMayBeReplacedIsTold) {
    const std::string asked = "  logConfiguration:\n    logDriver: awslogs\n";
    EXPECT_EQ(render_notices(check(asked)),
              "t.yaml:6: notice: containerDefinitions[0].logConfiguration.logDriver: where neither "
              "an execution role nor the engine has AWS keys, the engine's own driver is used\n" +
                  fine);
    host.stand_ins.log_drivers = {{"awslogs", {"awslogs", {}}, 1}};
    EXPECT_EQ(render_notices(check(asked)), fine) << "as asked for, whatever comes of it";
}

} // namespace
} // namespace agent::cli
