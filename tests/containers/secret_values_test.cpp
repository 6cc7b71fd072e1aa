// The values of secrets: whole files, keys of files, programs; and what is said when there is none.

#include "agent/containers/secrets.hpp"

#include "fakes/captured_log.hpp"
#include "fakes/temporary_folder.hpp"
#include "fakes/test_loop.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace agent::containers {
namespace {

using base::Errc;
using stand_ins::MissingSecret;
using stand_ins::SecretSource;

const std::string database = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db-AbC123";

class SecretsTest : public testing::Test {
protected:
    SecretsTest() { host.file = "/h.yaml"; }

    std::string write(const std::string& name, const std::string& text) {
        folder.write(name, text);
        std::filesystem::permissions(folder.path(name), std::filesystem::perms::owner_read |
                                                            std::filesystem::perms::owner_write);
        return folder.path(name);
    }
    std::string write_program(const std::string& name, const std::string& script) {
        folder.write(name, "#!/bin/sh\n" + script + '\n');
        std::filesystem::permissions(folder.path(name), std::filesystem::perms::owner_all);
        return folder.path(name);
    }
    SecretSource& add(const std::string& pattern, SecretSource source = {}) {
        host.secrets.push_back({pattern, std::move(source), 1});
        return host.secrets.back().value;
    }
    base::Result<std::vector<SecretValue>> find(std::vector<definition::Secret> wanted) {
        const SecretAsker asker{"arn:task", "app"};
        return loop.run(secrets.find(std::move(wanted), asker,
                                     std::make_shared<const stand_ins::StandIns>(host)));
    }
    /// "A=1 B=2", or why not.
    std::string values(std::vector<definition::Secret> wanted) {
        const auto found = find(std::move(wanted));
        if (!found)
            return found.error().what();
        std::string text;
        for (const auto& [name, value] : *found)
            text += (text.empty() ? "" : " ") + name + '=' + std::string(value.view());
        return text;
    }
    static std::string failure(const std::string& what) {
        return std::string(secret_failure) + what;
    }

    fakes::CapturedLog log;
    fakes::TemporaryFolder folder;
    fakes::TestLoop loop;
    base::WorkerPool files{1};
    base::WorkerPool programs{2};
    Secrets secrets{files, programs, {{"PATH", "/usr/bin:/bin"}, {"FROM_AGENT", "yes"}}};
    stand_ins::StandIns host;
};

TEST_F(SecretsTest, AreWholeFilesWithoutTheLastLineEnd) {
    add("a").file = write("a", "first\nsecond\n");
    add("b").file = write("b", "windows\r\n");
    add("c").file = write("c", "");
    EXPECT_EQ(values({{"A", "a"}, {"B", "b"}, {"C", "c"}}), "A=first\nsecond B=windows C=");
    EXPECT_EQ(values({}), "");
}

TEST_F(SecretsTest, AreKeysOfJsonAndOfLines) {
    const auto json =
        write("db.json", R"( {"password": "p w", "port": 5432, "tls": {"on": true}})");
    add(database).file = json;
    auto& lines = add("/shop/*");
    lines.file = write("shop.env", "# keys\nTOKEN=a=b\nOTHER=2\n");
    lines.key = "*";
    EXPECT_EQ(values({{"P", database + ":password::"},
                      {"N", database + ":port::"},
                      {"T", database + ":tls::"},
                      {"TOKEN", "arn:aws:ssm:eu-west-1:1:parameter/shop/token"}}),
              R"(P=p w N=5432 T={"on":true} TOKEN=a=b)");
    EXPECT_EQ(values({{"ALL", database}}),
              R"(ALL= {"password": "p w", "port": 5432, "tls": {"on": true}})");
    // What the host says comes before what the definition asks for.
    host.secrets[0].value.key = "port";
    EXPECT_EQ(values({{"P", database + ":password::"}}), "P=5432");
}

TEST_F(SecretsTest, AreWhatProgramsPrint) {
    const auto program =
        write_program("secret", R"(printf '%s|%s|%s|%s|%s\n' "$1" "$ECS_SECRET" "$ECS_TASK_ARN" )"
                                R"("$ECS_CONTAINER_NAME" "$FROM_AGENT"; echo noise >&2)");
    add("*").program = {program, "--plain"};
    EXPECT_EQ(values({{"A", database}}), "A=--plain|" + database + "|arn:task|app|yes");
}

TEST_F(SecretsTest, OfOneProgramAreHadOnceForAllKeys) {
    const auto program = write_program("secret", "echo run >> " + folder.path("runs") +
                                                     R"(; echo '{"user": "u", "password": "p"}')");
    add("shop/db").program = {program};
    EXPECT_EQ(values({{"U", database + ":user::"}, {"P", database + ":password::"}}), "U=u P=p");
    EXPECT_EQ(folder.read("runs"), "run\n");
}

TEST_F(SecretsTest, ThatAreMissingEndTheTaskUnlessTheyMayBe) {
    const auto nowhere = folder.path("nowhere");
    add("gone").file = nowhere;
    const auto json = write("k.json", "{}");
    auto& key = add("key");
    key.file = json;
    key.key = "user";
    add("program").program = {write_program("no", "echo the secret; echo the secret >&2; exit 3")};
    EXPECT_EQ(values({{"A", "unknown"}}),
              failure("A (unknown): nothing in secrets of /h.yaml says where it is"));
    EXPECT_EQ(values({{"A", "gone"}}),
              failure("A (gone): " + nowhere + ": No such file or directory"));
    EXPECT_EQ(values({{"A", "key"}}), failure("A (key): " + json + ": there is no key \"user\""));
    const auto said = values({{"A", "program"}});
    EXPECT_TRUE(said.starts_with(failure("A (program): "))) << said;
    EXPECT_NE(said.find("ended with status 3"), std::string::npos) << said;
    for (auto& entry : host.secrets)
        entry.value.missing = MissingSecret::omit;
    add("none").missing = MissingSecret::omit;
    add("b").file = write("b", "there");
    EXPECT_EQ(values({{"A", "gone"}, {"K", "key"}, {"P", "program"}, {"N", "none"}, {"B", "b"}}),
              "B=there");
    EXPECT_EQ(log.count(base::log::Level::warn, "a secret is left out"), 4U) << log.all();
    EXPECT_EQ(log.all().find("the secret"), std::string::npos) << log.all();
}

TEST_F(SecretsTest, ThatAreWrongEndTheTaskAlsoWhereTheyMayBeMissing) {
    auto& open = add("open");
    open.missing = MissingSecret::omit;
    open.file = write("open", "x");
    std::filesystem::permissions(open.file, std::filesystem::perms::others_read,
                                 std::filesystem::perm_options::add);
    EXPECT_EQ(
        values({{"A", "open"}}),
        failure("A (open): " + open.file + ": others may read it (chmod 600 " + open.file + ")"));
    auto& slow = add("slow");
    slow.missing = MissingSecret::omit;
    slow.program = {write_program("slow", "exec sleep 30")};
    slow.timeout = std::chrono::seconds(1);
    EXPECT_EQ(find({{"A", "slow"}}).error().code(), Errc::timeout);
    auto& shape = add("shape");
    shape.missing = MissingSecret::omit;
    shape.key = "k";
    shape.file = write("shape", "{\"k\": \"the secret\"");
    EXPECT_EQ(values({{"A", "shape"}}),
              failure("A (shape): " + shape.file +
                      ": expected a JSON object, since a key of it is wanted"));
}

TEST_F(SecretsTest, AreKeysAlsoBehindAByteOrderMark) {
    const std::string mark = "\xEF\xBB\xBF";
    add("json").file = write("json", mark + R"({"k": "v"})");
    add("lines").file = write("lines", mark + "k=w\n");
    for (auto& entry : host.secrets)
        entry.value.key = "k";
    EXPECT_EQ(values({{"A", "json"}, {"B", "lines"}}), "A=v B=w");
}

TEST_F(SecretsTest, AreNotLookedForInWhatIsNestedTooDeep) {
    auto& deep = add("deep");
    deep.key = "k";
    const std::size_t levels = 30'000;
    deep.file =
        write("deep", R"({"k": )" + std::string(levels, '[') + std::string(levels, ']') + '}');
    EXPECT_EQ(values({{"A", "deep"}}),
              failure("A (deep): " + deep.file + ": nested deeper than 32 levels"));
    write("deep", R"({"k": [[1]], "other": 2})");
    EXPECT_EQ(values({{"A", "deep"}}), "A=[[1]]");
}

TEST_F(SecretsTest, AreTextAndNotTooLong) {
    for (const auto& text : {std::string("a\0b", 3), std::string("\xff\xfe")}) {
        host.secrets.clear();
        const auto& source = add("a");
        host.secrets[0].value.file = write("a", text);
        EXPECT_EQ(values({{"A", "a"}}),
                  failure("A (a): " + source.file +
                          ": expected text in UTF-8 without the character NUL"));
    }
    host.secrets[0].value.file = write("a", std::string(longest_secret + 1, 'x'));
    EXPECT_EQ(find({{"A", "a"}}).error().code(), Errc::too_large);
}

// Four programs that hang would be all that is there for others.
TEST_F(SecretsTest, OfFilesDoNotWaitForProgramsThatHang) {
    auto& slow = add("slow");
    slow.program = {write_program("slow", "exec sleep 30")};
    slow.timeout = std::chrono::seconds(2);
    add("a").file = write("a", "quick");
    const SecretAsker asker{"arn:task", "app"};
    const auto here = std::make_shared<const stand_ins::StandIns>(host);
    std::vector<definition::Secret> wanted{{"S", "slow"}};
    auto first = loop.start(secrets.find(wanted, asker, here));
    auto second = loop.start(secrets.find(wanted, asker, here));
    loop.run_until([&] { return programs.depth().running == 2; });
    EXPECT_EQ(values({{"A", "a"}}), "A=quick");
    EXPECT_FALSE(first->has_value());
    loop.run_until([&] { return first->has_value() && second->has_value(); });
    EXPECT_FALSE(first->value());
}

TEST_F(SecretsTest, AreAskedForNoMoreOnceTheTaskIsCancelled) {
    add("first").program = {write_program("first", "sleep 1; echo one")};
    add("second").program = {write_program("second", "echo run > " + folder.path("runs"))};
    const SecretAsker asker{"arn:task", "app"};
    std::vector<definition::Secret> wanted{{"A", "first"}, {"B", "second"}};
    const auto here = std::make_shared<const stand_ins::StandIns>(host);
    const auto found = loop.start(secrets.find(wanted, asker, here));
    loop.run_until([&] { return programs.depth().running == 1; });
    loop.tasks().cancel();
    loop.run_until([&] { return found->has_value(); });
    ASSERT_FALSE(found->value());
    EXPECT_EQ(found->value().error().code(), Errc::cancelled);
    EXPECT_FALSE(std::filesystem::exists(folder.path("runs")));
}

TEST(Conceal, TakesValuesOutOfAnError) {
    const std::vector<SecretValue> values{{"A", base::Secret("hunter22")},
                                          {"B", base::Secret("x")}};
    const auto error = conceal(base::Error(Errc::io, "bad option hunter22, next hunter22"), values);
    EXPECT_EQ(error.what(), "bad option ***, next ***") << "one letter says nothing";
    EXPECT_EQ(error.code(), Errc::io);
}

TEST(UnknownSecrets, AreThoseThatTheHostSaysNothingOf) {
    definition::TaskDefinition definition;
    definition.containers.resize(2);
    definition.containers[1].secrets = {{"A", "known"}, {"B", database + ":key::"}};
    definition.containers[1].log_configuration = {"splunk", {}, {{"splunk-token", "token"}}};
    // The host's own logins serve.
    definition.containers[1].repository_credentials = "login";
    stand_ins::StandIns host;
    host.file = "/h.yaml";
    host.secrets = {{"known", {}, 1}};
    EXPECT_EQ(
        unknown_secrets(definition, host),
        (std::vector<std::string>{
            "containerDefinitions[1].secrets[1].valueFrom: nothing in secrets of /h.yaml says "
            "where " +
                database + " is",
            "containerDefinitions[1].logConfiguration.secretOptions[0].valueFrom: nothing in "
            "secrets of /h.yaml says where token is"}));
}

TEST(NamedSecrets, AreThoseOfWhichTheHostSaysWhereTheyAre) {
    definition::TaskDefinition definition;
    definition.containers.resize(1);
    auto& container = definition.containers[0];
    container.secrets = {{"A", database + ":key::"}, {"B", "unknown"}, {"C", "none"}};
    container.log_configuration = {"splunk", {}, {{"splunk-token", "token"}}};
    container.repository_credentials = "none";
    SecretSource file;
    file.file = "/db.json";
    SecretSource program;
    program.program = {"/bin/print", "--token=hunter22"};
    SecretSource nothing;
    nothing.missing = MissingSecret::omit;
    stand_ins::StandIns host;
    host.file = "/h.yaml";
    host.secrets = {{"shop/db", file, 3}, {"token", program, 4}, {"none", nothing, 0}};
    const std::string place = "containerDefinitions[0].";
    EXPECT_EQ(
        named_secrets(definition, host),
        (std::vector<definition::Replacement>{
            {place + "secrets[0].valueFrom", database + ":key::", "file /db.json", "/h.yaml:3"},
            {place + "secrets[2].valueFrom", "none", "left out", "/h.yaml"},
            {place + "logConfiguration.secretOptions[0].valueFrom", "token", "program /bin/print",
             "/h.yaml:4"},
            {place + "repositoryCredentials.credentialsParameter", "none", "the host's own logins",
             "/h.yaml"}}));
}

TEST_F(SecretsTest, AreLookedForAsTheyAreFoundAndNoProgramIsRun) {
    definition::TaskDefinition definition;
    definition.containers.resize(1);
    auto& wanted = definition.containers[0].secrets;
    wanted = {{"user", database + ":user::"}, {"USER", "lines"}, {"P", "program"}, {"N", "none"}};
    add("shop/db").file = write("db.json", R"({"user": "u"})");
    auto& lines = add("lines");
    lines.file = write("lines", "USER=u\n");
    lines.key = "*";
    add("program").program = {write_program("program", "echo run > " + folder.path("runs"))};
    add("none").missing = MissingSecret::omit;
    for (const auto& outlook : look_for_secrets(definition, host))
        ADD_FAILURE() << outlook.field << ": " << outlook.what;
    EXPECT_FALSE(std::filesystem::exists(folder.path("runs")));
    // What is wrong is what a task would be told.
    wanted = {{"OTHER", "lines"}, {"A", database + ":other::"}, {"B", "text"}};
    add("text").file = write("text", "\xff");
    const auto outlooks = look_for_secrets(definition, host);
    ASSERT_EQ(outlooks.size(), 3U);
    for (std::size_t i = 0; i < outlooks.size(); ++i) {
        EXPECT_TRUE(outlooks[i].is_fault) << outlooks[i].what;
        const auto told = values({wanted[i]});
        EXPECT_TRUE(told.ends_with(": " + outlooks[i].what)) << told << " and " << outlooks[i].what;
    }
}

} // namespace
} // namespace agent::containers
