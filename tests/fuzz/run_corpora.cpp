// Runs every file of each target's corpus through that target: what the fuzzer once found stays found,
// and needs neither clang nor time.

#include "tests/fuzz/support.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <ostream>
#include <sstream>
#include <vector>

// Each target has its own name in this program (CMakeLists.txt).
#define TARGET(noun) extern "C" int noun##_one_input(const std::uint8_t* data, std::size_t size);
FUZZ_TARGETS
#undef TARGET

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t largest_file = 10 * 1024;

struct Target {
    std::string noun;
    int (*one_input)(const std::uint8_t*, std::size_t);
};

const std::vector<Target>& targets() {
#define TARGET(noun) {#noun, &noun##_one_input},
    static const std::vector<Target> all{FUZZ_TARGETS};
#undef TARGET
    return all;
}

std::vector<fs::path> corpus_of(const Target& target) {
    std::vector<fs::path> files;
    std::error_code absent;
    for (const auto& entry : fs::directory_iterator(fs::path(CORPORA_FOLDER) / target.noun, absent))
        files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

TEST(Corpora, AreThereForEachTargetAndSmall) {
    for (const auto& target : targets()) {
        EXPECT_FALSE(corpus_of(target).empty()) << "no files for " << target.noun;
        for (const auto& file : corpus_of(target))
            EXPECT_LE(fs::file_size(file), largest_file) << file;
    }
}

struct Input {
    Target target;
    fs::path file;
};

void PrintTo(const Input& input, std::ostream* out) {
    *out << input.file;
}

std::vector<Input> all_inputs() {
    std::vector<Input> inputs;
    for (const auto& target : targets())
        for (auto& file : corpus_of(target))
            inputs.push_back({target, std::move(file)});
    return inputs;
}

class CorpusFile : public testing::TestWithParam<Input> {};

TEST_P(CorpusFile, KeepsTheInvariants) {
    std::ifstream file(GetParam().file, std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    const auto text = bytes.str();
    GetParam().target.one_input(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

std::string name_of(const testing::TestParamInfo<Input>& input) {
    auto name = input.param.target.noun + '_' + input.param.file.filename().string();
    std::replace_if(
        name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(Of, CorpusFile, testing::ValuesIn(all_inputs()), name_of);

} // namespace
