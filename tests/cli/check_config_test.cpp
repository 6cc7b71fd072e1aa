// check-config as a whole: what of the configuration it reads, and that a folder is checked as its files are.

#include "agent/cli/commands.hpp"

#include "fakes/temporary_folder.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <iostream>
#include <sstream>

#include <sys/stat.h>

namespace agent::cli {
namespace {

using config::ExitCode;

/// What is written to a stream as long as this lives.
class Heard {
public:
    explicit Heard(std::ostream& stream) : stream_(stream), before_(stream.rdbuf(text_.rdbuf())) {}
    ~Heard() { stream_.rdbuf(before_); }
    Heard(const Heard&) = delete;
    Heard& operator=(const Heard&) = delete;

    std::string text() const { return text_.str(); }

private:
    std::ostringstream text_;
    std::ostream& stream_;
    std::streambuf* before_;
};

class CheckConfig : public testing::Test {
protected:
    CheckConfig() {
        invocation.files.yaml = folder.path("agent.yaml");
        invocation.files.ecs_config = folder.path("ecs.config");
        folder.write("agent.yaml", "credentials_file: " + folder.path("credentials.yaml") +
                                       "\nhost_file: " + folder.path("host.yaml") + '\n');
        folder.write("credentials.yaml", "");
        folder.write("host.yaml", "");
        // No engine, whatever the environment says.
        invocation.flags = {{"--docker-host", "unix://" + folder.path("no.sock")},
                            {"--tasks-dir", folder.path("tasks.d")}};
        folder.write("web.yaml", task);
    }

    void make_readable_by(const std::string& name, mode_t mode) {
        ASSERT_EQ(::chmod(folder.path(name).c_str(), mode), 0);
    }
    ExitCode check() {
        const Heard heard_out(std::cout);
        const Heard heard_err(std::cerr);
        const auto code = check_config(invocation);
        out = heard_out.text();
        err = heard_err.text();
        return code;
    }
    void check_web() { invocation.definitions = {folder.path("web.yaml")}; }

    const std::string task = "family: f\ncontainerDefinitions: [{name: c, image: i}]\n";
    fakes::TemporaryFolder folder;
    config::Invocation invocation;
    std::string out;
    std::string err;
};

TEST_F(CheckConfig, OfFilesReadsNoCredentials) {
    folder.write("credentials.yaml", "colour: red\n");
    EXPECT_EQ(check(), ExitCode::configuration) << "of the folder it does";
    check_web();
    EXPECT_EQ(check(), ExitCode::ok) << err;
    EXPECT_NE(out.find("web.yaml: runs here as the family f\n"), std::string::npos) << out;
}

TEST_F(CheckConfig, OfFilesGoesOnWithoutWhatItMayNotRead) {
    folder.write("ecs.config", "ECS_CLUSTER=web\n");
    // Whoever runs this, root too, does not trust a file that others may write.
    make_readable_by("host.yaml", 0666);
    make_readable_by("ecs.config", 0000);
    EXPECT_EQ(check(), ExitCode::configuration) << "of the folder it does not";
    check_web();
    EXPECT_EQ(check(), ExitCode::ok) << err;
    EXPECT_NE(err.find("warning: " + folder.path("host.yaml") + ": "), std::string::npos) << err;
    invocation.flags.push_back({"--host-file", folder.path("host.yaml")});
    EXPECT_EQ(check(), ExitCode::configuration) << "it was named";
}

TEST_F(CheckConfig, OfTheFolderSaysAllThatItSaysOfFiles) {
    folder.write("tasks.d/web.yaml",
                 "family: f\ncpu: ''\ncontainerDefinitions:\n- name: c\n  image: i\n"
                 "  environmentFiles: [{value: " +
                     folder.path("none.env") + "}]\n  hostname: a_b\n");
    folder.write("tasks.d/web.overrides.yaml", "containerOverrides: [{name: d}]\n");
    EXPECT_EQ(check(), ExitCode::configuration);
    const auto path = folder.path("tasks.d/web.yaml");
    EXPECT_NE(err.find(folder.path("tasks.d/web.overrides.yaml") +
                       ":1: containerOverrides[0].name: no container \"d\""),
              std::string::npos)
        << err;
    EXPECT_NE(err.find(path + ":7: containerDefinitions[0].hostname: "), std::string::npos) << err;
    folder.remove("tasks.d/web.overrides.yaml");
    folder.write("tasks.d/web.yaml", "family: f\ncontainerDefinitions:\n- name: c\n  image: i\n"
                                     "  environmentFiles: [{value: " +
                                         folder.path("none.env") + "}]\n");
    EXPECT_EQ(check(), ExitCode::configuration);
    EXPECT_NE(err.find(path + ":5: containerDefinitions[0].environmentFiles[0].value: environment "
                              "file "),
              std::string::npos)
        << err;
    folder.write("none.env", "A=b\n");
    EXPECT_EQ(check(), ExitCode::ok) << err;
    EXPECT_NE(out.find("configuration and 1 task definition(s) are fine\n"), std::string::npos);
}

TEST_F(CheckConfig, OfTheFolderIsJsonTooWhereThatIsWanted) {
    folder.write("tasks.d/web.yaml", task);
    invocation.json = true;
    EXPECT_EQ(check(), ExitCode::ok) << err;
    const auto json = nlohmann::json::parse(out);
    EXPECT_EQ(json.at("runs"), true);
    EXPECT_EQ(json.at("engineAnswered"), false);
    ASSERT_EQ(json.at("files").size(), 1U);
    EXPECT_EQ(json.at("files").at(0).at("file"), folder.path("tasks.d/web.yaml"));
    folder.write("tasks.d/web.yaml", "family: f\n");
    EXPECT_EQ(check(), ExitCode::configuration);
    EXPECT_EQ(nlohmann::json::parse(out).at("runs"), false);
    folder.remove("tasks.d");
    EXPECT_EQ(check(), ExitCode::ok);
    EXPECT_EQ(nlohmann::json::parse(out).at("files").size(), 0U);
    EXPECT_NE(err.find("does not exist"), std::string::npos) << err;
}

TEST_F(CheckConfig, OfAFolderThatIsNamedChecksWhatIsInIt) {
    folder.write("repository/web.yaml", task);
    folder.write("repository/wrong.yaml", "family: f\n");
    folder.write("repository/lone.overrides.yaml", "{}");
    invocation.definitions = {folder.path("repository")};
    EXPECT_EQ(check(), ExitCode::configuration);
    EXPECT_NE(out.find(folder.path("repository/web.yaml") + ": runs here as the family f\n"),
              std::string::npos)
        << out;
    EXPECT_NE(err.find(folder.path("repository/wrong.yaml")), std::string::npos) << err;
    EXPECT_NE(err.find("warning: " + folder.path("repository/lone.overrides.yaml")),
              std::string::npos)
        << err;
}

TEST_F(CheckConfig, ReadsTheStandardInputOnce) {
    invocation.definitions = {"-", folder.path("web.yaml"), "-"};
    EXPECT_EQ(check(), ExitCode::usage);
    EXPECT_EQ(out, "");
    EXPECT_EQ(err, "- is named twice; the standard input can be read once only\n");
}

} // namespace
} // namespace agent::cli
