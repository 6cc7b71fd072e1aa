// Runs every file of a target's corpus through the target: what the fuzzer once found stays found,
// and needs neither clang nor time. One program a target.

#include "tests/fuzz/support.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t largest_file = 10 * 1024;

std::vector<fs::path> corpus() {
    std::vector<fs::path> files;
    std::error_code absent;
    for (const auto& entry : fs::directory_iterator(CORPUS_FOLDER, absent))
        files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

TEST(Corpus, IsThereAndSmall) {
    EXPECT_FALSE(corpus().empty()) << "no files in " CORPUS_FOLDER;
    for (const auto& file : corpus())
        EXPECT_LE(fs::file_size(file), largest_file) << file;
}

class CorpusFile : public testing::TestWithParam<fs::path> {};

TEST_P(CorpusFile, KeepsTheInvariants) {
    std::ifstream file(GetParam(), std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    const auto text = bytes.str();
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

std::string name_of(const testing::TestParamInfo<fs::path>& file) {
    auto name = file.param.filename().string();
    std::replace_if(
        name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
    return name;
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CorpusFile);
INSTANTIATE_TEST_SUITE_P(Of, CorpusFile, testing::ValuesIn(corpus()), name_of);

} // namespace
