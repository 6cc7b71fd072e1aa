// Where the roles' keys come from, from the daemon's start on and after a reload.

#include "agent/daemon/reload.hpp"
#include "daemon/stages_fixture.hpp"

#include <filesystem>
#include <utility>

namespace agent::daemon {
namespace {

using Level = base::log::Level;

const std::string web = "arn:aws:iam::111122223333:role/web";

TEST_F(LoadCredentialsTest, RolesHaveWhatTheFileSays) {
    const auto loaded = load_text(R"(providers:
  keys: {type: static, file: /etc/ecs/keys.json}
roles:
  - {role: ")" + web + R"(*", provider: keys}
deny: [")" + web + R"(-prod"]
)");
    ASSERT_TRUE(loaded) << loaded.error().what();
    EXPECT_TRUE(app.serving.broker->hands_out(web));
    EXPECT_FALSE(app.serving.broker->hands_out(web + "-prod"));
    EXPECT_FALSE(app.serving.broker->hands_out("arn:aws:iam::111122223333:role/other"));
}

TEST_F(LoadCredentialsTest, WithoutTheUsualFileNoRoleHasAnything) {
    const auto loaded = load();
    ASSERT_TRUE(loaded) << loaded.error().what();
    EXPECT_FALSE(app.serving.broker->hands_out(web));
}

TEST_F(LoadCredentialsTest, FileThatWasNamedMustBeThere) {
    name_the_file();
    const auto loaded = load();
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code(), Errc::not_found);
    EXPECT_NE(loaded.error().what().find(app.loaded.config.credentials_file), std::string::npos)
        << loaded.error().what();
}

TEST_F(LoadCredentialsTest, WrongFileEndsTheDaemonWithTheStatusOfAWrongConfiguration) {
    const auto loaded = load_text("providers: {keys: {type: nonsense}}\n");
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code(), Errc::invalid_argument);
    EXPECT_NE(loaded.error().what().find(app.loaded.config.credentials_file), std::string::npos)
        << loaded.error().what();
    EXPECT_EQ(stage_of("load_credentials").on_failure, config::ExitCode::configuration);
    EXPECT_EQ(static_cast<int>(config::ExitCode::configuration), 3);
}

TEST_F(LoadCredentialsTest, FileThatOthersMayWriteIsWrongToo) {
    const auto loaded = load_text("providers: {}\n", 0622);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code(), Errc::permission);
}

// D9: it is read by a worker, and a FIFO in its place is refused at once.
TEST_F(LoadCredentialsTest, ReloadReadsTheCredentialsFileAndKeepsWhatItSaidWhereThatIsWrong) {
    ASSERT_TRUE(load_text("providers: {instance: {type: imds}}\ndefault: instance\n"));
    EXPECT_TRUE(app.serving.broker->hands_out(web));
    const auto reload_now = [&] {
        Reload load = [loaded = app.loaded]() -> base::Result<config::Loaded> { return loaded; };
        loop.tasks().spawn("reload", reload(app, std::move(load)));
        loop.run_until([&] { return loop.tasks().size() == 0; });
    };
    folder.remove("credentials.yaml");
    ASSERT_EQ(::mkfifo(app.loaded.config.credentials_file.c_str(), 0600), 0);
    reload_now();
    EXPECT_EQ(log.count(Level::error, "credentials.yaml: expected a regular file"), 1U)
        << log.all();
    EXPECT_TRUE(app.serving.broker->hands_out(web));
    folder.remove("credentials.yaml");
    folder.write("credentials.yaml", "deny: [\"*\"]\n");
    ASSERT_EQ(::chmod(app.loaded.config.credentials_file.c_str(), 0600), 0);
    reload_now();
    EXPECT_FALSE(app.serving.broker->hands_out(web));
}

TEST_F(LoadCredentialsTest, AuditLogIsWhereTheConfigurationSays) {
    ASSERT_TRUE(load());
    testing::internal::CaptureStdout();
    app.serving.audit_log->write({});
    app.serving.audit_log.reset();
    testing::internal::GetCapturedStdout();
    EXPECT_NE(folder.read("log/audit.log"), "");
}

TEST_F(LoadCredentialsTest, NoAuditLogIsWrittenWhereItIsSwitchedOff) {
    app.loaded.config.audit_log_disabled = true;
    ASSERT_TRUE(load());
    testing::internal::CaptureStdout();
    app.serving.audit_log->write({});
    app.serving.audit_log.reset();
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
    EXPECT_FALSE(std::filesystem::exists(folder.path("log/audit.log")));
}

TEST_F(LoadCredentialsTest, CallersAreKnownBeforeTheServersStart) {
    ASSERT_TRUE(load());
    EXPECT_TRUE(app.serving.callers->is_host("127.0.0.1"));
    EXPECT_FALSE(app.serving.callers->is_host("192.0.2.77"));
}

} // namespace
} // namespace agent::daemon
