#include "agent/containers/environment_file.hpp"

#include "fakes/temporary_folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace agent::containers {
namespace {

using base::Errc;
using definition::KeyValue;
using Variables = std::vector<KeyValue>;

Variables parse(std::string_view content) {
    const auto parsed = parse_environment_file("/f.env", content);
    EXPECT_TRUE(parsed) << parsed.error().what();
    return parsed ? parsed->variables : Variables();
}

std::string error_of(std::string_view content, Errc code = Errc::invalid_argument) {
    const auto parsed = parse_environment_file("/f.env", content);
    EXPECT_FALSE(parsed) << content;
    if (parsed)
        return {};
    EXPECT_EQ(parsed.error().code(), code);
    return parsed.error().what();
}

TEST(EnvironmentFile, ValueIsEverythingBehindTheFirstEqualsSign) {
    EXPECT_EQ(parse("A=1\nB=\"a b\" \nC=x=y=\nD=\nE= #no comment"),
              (Variables{
                  {"A", "1"}, {"B", "\"a b\" "}, {"C", "x=y="}, {"D", ""}, {"E", " #no comment"}}));
}

TEST(EnvironmentFile, CommentsAndBlankLinesAreNothing) {
    EXPECT_EQ(parse("# A=1\n\n#\n  \t\nB=2\n\n"), (Variables{{"B", "2"}}));
    EXPECT_EQ(parse(""), Variables());
    EXPECT_EQ(parse("#"), Variables());
}

TEST(EnvironmentFile, TakesWindowsLineEnds) {
    EXPECT_EQ(parse("A=1\r\n\r\n#x\r\nB=2\r\r\n"), (Variables{{"A", "1"}, {"B", "2\r"}}));
}

TEST(EnvironmentFile, LastOfTwoLinesCounts) {
    EXPECT_EQ(parse("A=1\nB=2\nA=3"), (Variables{{"A", "3"}, {"B", "2"}}));
}

TEST(EnvironmentFile, KeepsWhatIsNotAscii) {
    EXPECT_EQ(parse("GRÖSSE=\xe2\x82\xac"), (Variables{{"GRÖSSE", "€"}}));
}

TEST(EnvironmentFile, AByteOrderMarkIsNoPartOfAName) {
    EXPECT_EQ(parse("\xEF\xBB\xBF"
                    "A=1\nB=2"),
              (Variables{{"A", "1"}, {"B", "2"}}));
    EXPECT_EQ(parse("\xEF\xBB\xBF# A=1\nB=2"), (Variables{{"B", "2"}}));
}

// As ECS's agent reads them (agent/taskresource/envFiles of 1.105).
TEST(EnvironmentFile, ANameIsAllThatStandsBeforeTheEqualsSign) {
    EXPECT_EQ(parse("export A=1\n B=2\n # C=3\n\tD\x7f=4"),
              (Variables{{"export A", "1"}, {" B", "2"}, {" # C", "3"}, {"\tD\x7f", "4"}}));
}

TEST(EnvironmentFile, LinesThatAreNoVariablesArePassedOverAndTold) {
    const auto parsed = parse_environment_file("/f.env", "A=1\n\nsecret\n=secret\nB=2");
    ASSERT_TRUE(parsed) << parsed.error().what();
    EXPECT_EQ(parsed->variables, (Variables{{"A", "1"}, {"B", "2"}}));
    using PassedOver = EnvironmentFile::PassedOver;
    EXPECT_EQ(parsed->passed_over, (std::vector<PassedOver>{{"/f.env: line 3", 2}}));
}

TEST(EnvironmentFile, ErrorsNameTheLineAndNotItsText) {
    EXPECT_EQ(error_of(std::string_view("A=sec\0ret", 9)),
              "/f.env: line 1: a variable cannot hold the character NUL");
    EXPECT_EQ(error_of("\n\nA=secret\xff"), "/f.env: line 3: expected UTF-8");
}

TEST(EnvironmentFile, LineHasALimit) {
    const std::string longest = "A=" + std::string(environment_line_limit - 2, 'x');
    EXPECT_EQ(parse(longest + "\r\nB=1").size(), 2U);
    EXPECT_EQ(error_of("B=1\n" + longest + "x", Errc::too_large),
              "/f.env: line 2: longer than 65536 bytes");
}

TEST(EnvironmentFile, EarlierFileWins) {
    EXPECT_EQ(merge_environment_files({{{"A", "1"}, {"B", ""}}, {}, {{"B", "2"}, {"C", "3"}}}),
              (Variables{{"A", "1"}, {"B", ""}, {"C", "3"}}));
}

class EnvironmentFiles : public testing::Test {
protected:
    fakes::TemporaryFolder folder;
};

TEST_F(EnvironmentFiles, AreReadInTheirOrder) {
    folder.write("a", "A=1\n");
    folder.write("b", "A=2\nB=2\n");
    const auto read = read_environment_files({folder.path("a"), folder.path("b")});
    ASSERT_TRUE(read) << read.error().what();
    EXPECT_EQ(read->variables, (Variables{{"A", "1"}, {"B", "2"}}));
    EXPECT_TRUE(read_environment_files({})->variables.empty());
}

TEST_F(EnvironmentFiles, OneThatIsNotThereIsNamed) {
    folder.write("a", "A=1");
    const auto missing = folder.path("none");
    const auto read = read_environment_files({folder.path("a"), missing});
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code(), Errc::not_found);
    EXPECT_NE(read.error().what().find(missing), std::string::npos) << read.error().what();
}

TEST_F(EnvironmentFiles, APipeIsRefusedAndNotWaitedFor) {
    const auto pipe = folder.path("pipe");
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_EQ(read_environment_files({pipe}).error().code(), Errc::invalid_argument);
    EXPECT_EQ(read_environment_files({folder.path()}).error().code(), Errc::invalid_argument);
}

TEST_F(EnvironmentFiles, HaveALimit) {
    const std::string line = std::string(environment_line_limit - 1, '#') + '\n';
    std::string content;
    while (content.size() < environment_file_limit)
        content += line;
    folder.write("large", content);
    EXPECT_TRUE(read_environment_files({folder.path("large")}));
    folder.write("large", content + "#");
    EXPECT_EQ(read_environment_files({folder.path("large")}).error().code(), Errc::too_large);
}

} // namespace
} // namespace agent::containers
