// Scripts of others that read the document with grep, sed and cut.

#include "document_example.hpp"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <string>

namespace metadatafile {
namespace {

/// The standard output of a shell line that reads $FILE.
std::string shell(const std::string& line, const std::string& text) {
    const std::string path =
        testing::TempDir() + "metadata_document_test_" + std::to_string(::getpid());
    std::ofstream(path) << text;
    const auto command = "FILE='" + path + "'; " + line;
    std::string output;
    FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr)
        return "popen failed";
    std::array<char, 512> buffer{};
    while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr)
        output += buffer.data();
    ::pclose(pipe);
    std::remove(path.c_str());
    return output;
}

TEST(MetadataDocument, IsReadByTheAcmeCompanionsGrepAndSed) {
    const std::string line = R"sh(grep ContainerID "$FILE" | sed 's/.*: "\(.*\)",/\1/g')sh";
    EXPECT_EQ(shell(line, text_of(started_web())), started_web().docker_id + "\n");
}

TEST(MetadataDocument, IsReadByAnEntrypointThatCutsTheHostPort) {
    const std::string line = R"sh(grep HostPort "$FILE" | cut -d: -f2 | tr -d ' ,')sh";
    auto container = started_web();
    EXPECT_EQ(shell(line, text_of(container)), "32768\n32768\n") << "of each binding";
    container.ports.pop_back();
    EXPECT_EQ(shell(line, text_of(container)), "32768\n");
}

TEST(MetadataDocument, EveryFieldStandsOnALineOfItsOwn) {
    const std::string two_on_a_line = R"sh(grep -c '": .*": ' "$FILE")sh";
    EXPECT_EQ(shell(two_on_a_line, text_of(started_web())), "0\n");
}

} // namespace
} // namespace metadatafile
