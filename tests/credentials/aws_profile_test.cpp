// AWS's shared files as AWS's own tools read them (the SDKs share a suite of such cases).

#include "agent/credentials/aws_profile.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace agent::credentials {
namespace {

using base::Errc;
using Words = std::vector<std::string>;

Profiles read(std::string_view text, SharedFile file) {
    Profiles profiles;
    const auto read = read_profiles(text, file, profiles);
    EXPECT_TRUE(read) << read.error().what();
    return profiles;
}
Profiles credentials(std::string_view text) {
    return read(text, SharedFile::credentials);
}
Profiles config(std::string_view text) {
    return read(text, SharedFile::config);
}

Words names(const Profiles& profiles) {
    Words all;
    for (const auto& [name, profile] : profiles)
        all.push_back(name);
    return all;
}

/// "" where there is no such profile or setting.
std::string value(const Profiles& profiles, std::string_view profile, std::string_view name) {
    const auto found = profiles.find(profile);
    return found == profiles.end() ? std::string() : std::string(setting(found->second, name));
}

void expect_refusal(std::string_view text, SharedFile file, const std::string& what) {
    Profiles profiles;
    const auto read = read_profiles(text, file, profiles);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code(), Errc::invalid_argument) << text;
    EXPECT_EQ(read.error().what(), what) << text;
}

TEST(AwsProfile, SectionsOfTheCredentialsFileAreNames) {
    const auto profiles = credentials("[default]\na = 1\n[dev]\na = 2\n[ with space ]\na = 3\n");
    EXPECT_EQ(names(profiles), (Words{"default", "dev", "with space"}));
    EXPECT_EQ(value(profiles, "default", "a"), "1");
    EXPECT_EQ(value(profiles, "dev", "a"), "2");
    EXPECT_EQ(value(profiles, "with space", "a"), "3");
}

TEST(AwsProfile, SectionsOfTheConfigFileSayThatTheyAreProfiles) {
    const auto profiles = config("[default]\na = 1\n[profile dev]\na = 2\n[profile\ttab]\na = 3\n"
                                 "[  profile   wide  ]\na = 4\n");
    EXPECT_EQ(names(profiles), (Words{"default", "dev", "tab", "wide"}));
    EXPECT_EQ(value(profiles, "default", "a"), "1");
    EXPECT_EQ(value(profiles, "dev", "a"), "2");
    EXPECT_EQ(value(profiles, "tab", "a"), "3");
    EXPECT_EQ(value(profiles, "wide", "a"), "4");
    EXPECT_EQ(value(config("[profile default]\na = 5\n"), "default", "a"), "5");
}

TEST(AwsProfile, OtherSectionsOfTheConfigFileArePassedOver) {
    const auto profiles = config("[dev]\na = 1\n[sso-session my]\nsso_region = x\nno setting\n"
                                 "[services local]\nsts =\n  endpoint_url = http://h\n"
                                 "[profilex]\na = 2\n[plugins]\n= x\n[profile real]\na = 3\n");
    EXPECT_EQ(names(profiles), Words{"real"});
    EXPECT_EQ(value(profiles, "real", "a"), "3");
}

TEST(AwsProfile, NamesInTheConfigFileMayBeInQuotes) {
    const auto profiles = config("[profile \"a b\"]\nx = 1\n[profile 'c d']\nx = 2\n"
                                 "[profile \"half]\nx = 3\n[profile \"mixed']\nx = 4\n");
    EXPECT_EQ(value(profiles, "a b", "x"), "1");
    EXPECT_EQ(value(profiles, "c d", "x"), "2");
    EXPECT_EQ(value(profiles, "\"half", "x"), "3");
    EXPECT_EQ(value(profiles, "\"mixed'", "x"), "4");
}

TEST(AwsProfile, SettingsAreTrimmedAndMayHoldEqualsSignsOrNothing) {
    const auto profiles =
        credentials("[p]\nname \t= \tvalue \t\nkey=a=b==\nempty =\nutf = \xf0\x9f\x98\x82\n"
                    "quoted = \"as it is\"\n");
    EXPECT_EQ(value(profiles, "p", "name"), "value");
    EXPECT_EQ(value(profiles, "p", "key"), "a=b==");
    EXPECT_EQ(value(profiles, "p", "empty"), "");
    EXPECT_TRUE(profiles.at("p").contains("empty"));
    EXPECT_EQ(value(profiles, "p", "utf"), "\xf0\x9f\x98\x82");
    EXPECT_EQ(value(profiles, "p", "quoted"), "\"as it is\"");
    EXPECT_EQ(value(profiles, "p", "absent"), "");
}

TEST(AwsProfile, LinesMayEndAsOnWindowsOrNotAtAll) {
    const auto profiles = credentials("[p]\r\na = 1\r\n\r\n[q]\r\na = 2");
    EXPECT_EQ(names(profiles), (Words{"p", "q"}));
    EXPECT_EQ(value(profiles, "p", "a"), "1");
    EXPECT_EQ(value(profiles, "q", "a"), "2");
}

TEST(AwsProfile, CommentsBeginALineOrStandBehindABlank) {
    const auto profiles =
        config("# one\n; two\n\t \n[profile p] # three\na = 1 # four # five\n"
               "b = 2 ; six\n#a = 9\nc = 3#not;one\nd = #all\n[profile q]\t; seven\n");
    EXPECT_EQ(names(profiles), (Words{"p", "q"}));
    EXPECT_EQ(value(profiles, "p", "a"), "1");
    EXPECT_EQ(value(profiles, "p", "b"), "2");
    EXPECT_EQ(value(profiles, "p", "c"), "3#not;one");
    EXPECT_EQ(value(profiles, "p", "d"), "");
}

TEST(AwsProfile, CommentMayStandDirectlyBehindASection) {
    const auto profiles =
        config("[profile p]# comment\na = 1\n[profile q];\na = 2\n[default]; [x]\na = 3\n");
    EXPECT_EQ(names(profiles), (Words{"default", "p", "q"}));
    EXPECT_EQ(value(profiles, "q", "a"), "2");
}

TEST(AwsProfile, NestedSettingsArePassedOver) {
    const auto profiles = config("[profile p]\ns3 =\n  max_concurrent_requests = 20\n"
                                 "  region = nested\n\tno equals sign\nregion = eu-west-1\n");
    EXPECT_EQ(value(profiles, "p", "region"), "eu-west-1");
    EXPECT_EQ(value(profiles, "p", "s3"), "");
    EXPECT_EQ(value(profiles, "p", "max_concurrent_requests"), "");
}

TEST(AwsProfile, LastOfTwoSettingsInAFileCounts) {
    const auto twice = credentials("[p]\na = 1\na = 2\n");
    EXPECT_EQ(value(twice, "p", "a"), "2");
    const auto apart = credentials("[p]\na = 1\nb = 1\n[q]\n[p]\na = 2\n");
    EXPECT_EQ(value(apart, "p", "a"), "2");
    EXPECT_EQ(value(apart, "p", "b"), "1") << "sections of one name are one profile";
}

TEST(AwsProfile, NamesOfSettingsMayBeInUpperCase) {
    EXPECT_EQ(value(credentials("[p]\nAWS_Access_Key_ID = x\n"), "p", "aws_access_key_id"), "x");
}

TEST(AwsProfile, CredentialsFileComesBeforeTheConfigFile) {
    auto profiles = credentials("[p]\nkey = 1\n");
    ASSERT_TRUE(read_profiles("[profile p]\nkey = 2\nregion = r\n[profile q]\nkey = 3\n",
                              SharedFile::config, profiles));
    EXPECT_EQ(value(profiles, "p", "key"), "1");
    EXPECT_EQ(value(profiles, "p", "region"), "r");
    EXPECT_EQ(value(profiles, "q", "key"), "3");
}

TEST(AwsProfile, MistakesAreToldWithTheirLine) {
    const std::string section = "expected [profile]";
    const std::string setting = "expected name = value";
    for (const auto file : {SharedFile::credentials, SharedFile::config}) {
        expect_refusal("\n# x\na = 1\n", file, "line 3: " + section);
        expect_refusal("[default\n", file, "line 1: " + section);
        expect_refusal("[default]\na = 1\n[x", file, "line 3: " + section);
        expect_refusal("[default]\r\na\r\n", file, "line 2: " + setting);
        expect_refusal("[default]\n= value\n", file, "line 2: " + setting);
        expect_refusal("[default]\nkey : value\n", file, "line 2: " + setting);
        expect_refusal("  a = 1\n", file, "line 1: " + section);
    }
    expect_refusal("[]\n", SharedFile::credentials, "line 1: expected the name of a profile");
    expect_refusal("\n[ ]\n", SharedFile::credentials, "line 2: expected the name of a profile");
    expect_refusal("[profile \"\"]\n", SharedFile::config,
                   "line 1: expected the name of a profile");
}

TEST(AwsProfile, MistakesRepeatNothingOfTheFile) {
    for (const auto* text : {"MARKER", "[MARKER", "[default]\nMARKER", "[default]\n=MARKER",
                             "[default]\naws_secret_access_key: MARKER"})
        for (const auto file : {SharedFile::credentials, SharedFile::config}) {
            Profiles profiles;
            const auto read = read_profiles(text, file, profiles);
            ASSERT_FALSE(read) << text;
            EXPECT_EQ(read.error().what().find("MARKER"), std::string::npos) << read.error().what();
        }
}

TEST(AwsProfile, NothingIsInAnEmptyFile) {
    for (const auto* text : {"", "\n", "\r\n", " ", "# x", "\n\n\t\n"}) {
        EXPECT_TRUE(credentials(text).empty()) << text;
        EXPECT_TRUE(config(text).empty()) << text;
    }
    EXPECT_EQ(names(credentials("[p]")), Words{"p"}) << "a profile may be empty";
}

Words split(std::string_view command) {
    auto words = split_command(command);
    EXPECT_TRUE(words) << command << ": " << words.error().what();
    return words ? std::move(*words) : Words();
}

TEST(SplitCommand, WordsStandBetweenBlanks) {
    EXPECT_EQ(split("/bin/x"), Words{"/bin/x"});
    EXPECT_EQ(split("  aws \t configure  export-credentials "),
              (Words{"aws", "configure", "export-credentials"}));
    EXPECT_TRUE(split("").empty());
    EXPECT_TRUE(split(" \t ").empty());
}

TEST(SplitCommand, QuotesHoldAWordTogether) {
    EXPECT_EQ(split(R"(x "a b" 'c d')"), (Words{"x", "a b", "c d"}));
    EXPECT_EQ(split(R"(--name="a b"c'd e')"), (Words{"--name=a bcd e"}));
    EXPECT_EQ(split(R"(x "" '')"), (Words{"x", "", ""}));
    EXPECT_EQ(split(R"("it's" 'say "x"')"), (Words{"it's", R"(say "x")"}));
}

TEST(SplitCommand, BackslashTakesAwayTheMeaning) {
    EXPECT_EQ(split(R"(a\ b \"c\' d\\)"), (Words{"a b", R"("c')", R"(d\)"}));
    EXPECT_EQ(split(R"("a\"b\\c\d" 'e\f\')"), (Words{R"(a"b\c\d)", R"(e\f\)"}));
    EXPECT_EQ(split(R"(\"\")"), Words{R"("")"}) << "that is a word";
    EXPECT_EQ(split(R"(last\)"), Words{R"(last\)"});
}

TEST(SplitCommand, NothingElseOfAShellIsDone) {
    EXPECT_EQ(split("echo $HOME `x` *.json | tee > f & ; #x ~ $(y)"),
              (Words{"echo", "$HOME", "`x`", "*.json", "|", "tee", ">", "f", "&", ";", "#x", "~",
                     "$(y)"}));
}

TEST(SplitCommand, QuoteHasToBeClosed) {
    for (const auto* command : {"\"MARKER", "x 'MARKER", "x \"a\\\"", "it's", "\"a'"}) {
        const auto words = split_command(command);
        ASSERT_FALSE(words) << command;
        EXPECT_EQ(words.error().code(), Errc::invalid_argument);
        EXPECT_EQ(words.error().what(), "a quote is not closed");
    }
}

} // namespace
} // namespace agent::credentials
