#include "agent/definition/tasks_folder.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace agent::definition {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view sound =
    R"({"family": "web", "containerDefinitions": [{"name": "app", "image": "nginx"}]})";

class TasksFolder : public testing::Test {
protected:
    TasksFolder() {
        std::string pattern = fs::temp_directory_path() / "tasks-XXXXXX";
        folder_ = ::mkdtemp(pattern.data());
    }
    ~TasksFolder() override { fs::remove_all(folder_); }

    void write(const std::string& name, std::string_view text = sound) {
        std::ofstream(folder_ / name) << text;
    }
    FolderReading read() { return read_tasks_folder(folder_, {}).value(); }
    std::vector<std::string> names() {
        std::vector<std::string> all;
        for (const auto& file : read().files)
            all.push_back(file.name);
        return all;
    }
    /// The only file's error.
    std::string fault() {
        const auto files = read().files;
        return files.size() == 1 && !files[0].definition ? files[0].definition.error().what()
                                                         : "none";
    }

    fs::path folder_;
};

using Names = std::vector<std::string>;

TEST_F(TasksFolder, IsEmptyAndNotPresentWhenAbsent) {
    const auto reading = read_tasks_folder(folder_ / "no" / "such", {});
    ASSERT_TRUE(reading);
    EXPECT_FALSE(reading->present);
    EXPECT_TRUE(reading->files.empty());
}

TEST_F(TasksFolder, IsPresentWhenEmpty) {
    EXPECT_TRUE(read().present);
    EXPECT_EQ(names(), Names{});
}

TEST_F(TasksFolder, TakesTaskFilesOnlyAndInOrder) {
    for (const auto* name :
         {"b.yml", "a.json", "a.yaml", ".a.json.swp", ".hidden.json", "a.json~", "sedAbCdE",
          "a.json.tmp", "README.md", "#a.json#", "~$a.json", "~a.yaml", "#a.json", "a.json.bak"})
        write(name);
    fs::create_directory(folder_ / "folder.json");
    ASSERT_EQ(::mkfifo((folder_ / "pipe.json").c_str(), 0600), 0);
    EXPECT_EQ(names(), (Names{"a.json", "a.yaml", "b.yml"}));
}

TEST_F(TasksFolder, ReadsDefinitions) {
    write("a.json");
    write("b.yaml", "family: other\ncontainerDefinitions: [{name: x, image: y}]\n");
    const auto files = read().files;
    ASSERT_EQ(files.size(), 2u);
    EXPECT_EQ(files[0].definition.value().family, "web");
    EXPECT_EQ(files[1].definition.value().family, "other");
}

TEST_F(TasksFolder, HandsOutWhatWasPassedOver) {
    write("a.json", R"({"family": "web", "requiresCompatibilities": ["EC2"],
                        "containerDefinitions": [{"name": "app", "image": "nginx"}]})");
    write("b.json");
    const auto files = read().files;
    EXPECT_EQ(files.at(0).findings.passed_over, Names{"requiresCompatibilities"});
    EXPECT_EQ(files.at(1).findings.passed_over, Names{});
}

TEST_F(TasksFolder, NamesTheFileOfAnErrorAndReadsTheOthers) {
    write("bad.json", R"({"family": "web"})");
    EXPECT_EQ(fault(), (folder_ / "bad.json").string() + ": containerDefinitions: required");
    write("good.json");
    EXPECT_TRUE(read().files.at(1).definition);
}

TEST_F(TasksFolder, FollowsLinks) {
    write("target");
    fs::create_symlink(folder_ / "target", folder_ / "link.json");
    EXPECT_EQ(names(), Names{"link.json"});
    EXPECT_TRUE(read().files[0].definition);
}

// The link may be about to be filled; the task must not be taken for removed.
TEST_F(TasksFolder, HasAnErrorForALinkToNothing) {
    fs::create_symlink(folder_ / "nothing", folder_ / "link.json");
    EXPECT_EQ(fault(), (folder_ / "link.json").string() + ": No such file or directory");
}

TEST_F(TasksFolder, HasAnErrorForAnOversizedFile) {
    write("big.json", std::string((1 << 20) + 1, ' '));
    EXPECT_EQ(fault(), (folder_ / "big.json").string() + " is larger than 1048576 bytes");
}

TEST_F(TasksFolder, FailsAsAWholeOverTheLimitOfFiles) {
    for (std::size_t i = 0; i <= max_task_files; ++i)
        write(std::to_string(i) + ".json", "{}");
    const auto reading = read_tasks_folder(folder_, {});
    ASSERT_FALSE(reading);
    EXPECT_EQ(reading.error().code(), base::Errc::exhausted);
    EXPECT_EQ(reading.error().what(), "the tasks folder " + folder_.string() +
                                          " has 501 task files, at most 500 are taken");
}

// D6
TEST_F(TasksFolder, IsTheSameWhateverIsInItAndAnotherWhenItWasReplaced) {
    const auto before = read().identity;
    EXPECT_NE(before, "");
    write("a.json");
    EXPECT_EQ(read().identity, before);
    const auto aside = folder_.string() + "-aside";
    fs::rename(folder_, aside);
    fs::create_directory(folder_);
    EXPECT_NE(read().identity, before);
    fs::remove(folder_);
    fs::rename(aside, folder_);
    EXPECT_EQ(read().identity, before);
}

TEST_F(TasksFolder, FailsWhenItIsNoFolder) {
    write("file");
    const auto reading = read_tasks_folder(folder_ / "file", {});
    ASSERT_FALSE(reading);
    EXPECT_EQ(reading.error().code(), base::Errc::io);
}

} // namespace
} // namespace agent::definition
