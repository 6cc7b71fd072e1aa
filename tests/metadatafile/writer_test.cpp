#include "metadatafile/writer.hpp"

#include "base/files.hpp"
#include "metadatafile/paths.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace metadatafile {
namespace {

namespace fs = std::filesystem;

/// A data directory of its own for each test, gone afterwards.
class MetadataWriter : public testing::Test {
protected:
    MetadataWriter() : data_(testing::TempDir() + "metadata_writer_XXXXXX") {
        EXPECT_NE(::mkdtemp(data_.data()), nullptr);
        // A service's umask must not keep other users from reading.
        old_umask_ = ::umask(077);
    }
    ~MetadataWriter() override {
        ::umask(old_umask_);
        fs::remove_all(data_);
    }

    std::string directory(std::string_view task, std::string_view container) const {
        return host_directory(data_, "default", task, container).value();
    }

    std::string data_;
    mode_t old_umask_ = 0;
};

struct stat status(const std::string& path) {
    struct stat found {};
    EXPECT_EQ(::stat(path.c_str(), &found), 0) << path;
    return found;
}

mode_t mode(const std::string& path) {
    return status(path).st_mode & 07777;
}

TEST_F(MetadataWriter, MakesFilesThatAnyUserCanRead) {
    const auto path = directory("t1", "web");
    ASSERT_TRUE(prepare(path));
    ASSERT_TRUE(write(path, "{}"));
    EXPECT_EQ(mode(path + "/metadata.json"), 0644U);
    for (auto parent = fs::path(path); parent != fs::path(data_); parent = parent.parent_path())
        EXPECT_EQ(mode(parent.string()), 0755U) << parent;
    EXPECT_EQ(base::read_file(path + "/metadata.json", 100).value(), "{}");
}

TEST_F(MetadataWriter, KeepsTheDirectorysInodeAndFile) {
    const auto path = directory("t1", "web");
    ASSERT_TRUE(prepare(path));
    ASSERT_TRUE(write(path, "old"));
    const auto inode = status(path).st_ino;
    ASSERT_TRUE(prepare(path));
    EXPECT_EQ(base::read_file(path + "/metadata.json", 100).value(), "old");
    ASSERT_TRUE(write(path, "new"));
    EXPECT_EQ(status(path).st_ino, inode);
    EXPECT_EQ(base::read_file(path + "/metadata.json", 100).value(), "new");
}

TEST_F(MetadataWriter, DoesNotMakeADirectoryThatIsGone) {
    const auto written = write(directory("t1", "web"), "{}");
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code(), base::Errc::not_found);
    EXPECT_FALSE(fs::exists(root_directory(data_)));
}

TEST_F(MetadataWriter, ReaderInALoopNeverSeesHalfAFile) {
    const auto path = directory("t1", "web");
    const std::string a(20000, 'a');
    const std::string b(90000, 'b');
    ASSERT_TRUE(prepare(path));
    ASSERT_TRUE(write(path, a));
    std::atomic<bool> done = false;
    std::atomic<int> looks = 0;
    int torn = 0;
    std::thread reader([&] {
        while (!done) {
            const auto text = base::read_file(path + "/metadata.json", 200000);
            if (!text || (*text != a && *text != b))
                ++torn;
            ++looks;
        }
    });
    for (int i = 0; i < 200 || looks < 200; ++i)
        EXPECT_TRUE(write(path, i % 2 == 0 ? b : a));
    done = true;
    reader.join();
    EXPECT_EQ(torn, 0);
}

TEST_F(MetadataWriter, PrepareFreesTheDirectoryOfAnInterruptedWrite) {
    const auto path = directory("t1", "web");
    ASSERT_TRUE(prepare(path));
    ASSERT_TRUE(write(path, "{}"));
    std::ofstream(path + "/.new-ab12CD") << "{\"Clu";
    ASSERT_TRUE(prepare(path));
    EXPECT_FALSE(fs::exists(path + "/.new-ab12CD"));
    EXPECT_TRUE(fs::exists(path + "/metadata.json"));
}

TEST_F(MetadataWriter, PrepareFailsWhereAFileStandsInTheWay) {
    std::ofstream(data_ + "/metadata") << "not a directory";
    EXPECT_FALSE(prepare(directory("t1", "web")));
}

TEST_F(MetadataWriter, RemovingIsIdempotentAndTakesTheLastTasksCluster) {
    ASSERT_TRUE(prepare(directory("t1", "web")));
    ASSERT_TRUE(write(directory("t1", "web"), "{}"));
    ASSERT_TRUE(prepare(directory("t2", "web")));
    const auto first = task_directory(data_, "default", "t1").value();
    const auto second = task_directory(data_, "default", "t2").value();
    EXPECT_TRUE(remove_task(first).value());
    EXPECT_FALSE(remove_task(first).value());
    EXPECT_TRUE(fs::exists(second + "/web"));
    EXPECT_TRUE(remove_task(second).value());
    EXPECT_TRUE(fs::is_empty(root_directory(data_)));
}

TEST_F(MetadataWriter, StocktakingNamesWhatACrashHasLeft) {
    ASSERT_TRUE(prepare(directory("t2", "web")));
    ASSERT_TRUE(prepare(directory("t1", "worker")));
    ASSERT_TRUE(prepare(directory("t1", "app")));
    ASSERT_TRUE(write(directory("t1", "app"), "{}"));
    std::ofstream(directory("t1", "app") + "/.new-ab12CD") << "{\"Clu";
    fs::create_directories(root_directory(data_) + "/empty-cluster");
    const auto stock = list_task_directories(data_).value();
    ASSERT_EQ(stock.size(), 2U);
    EXPECT_EQ(stock[0].cluster, "default");
    EXPECT_EQ(stock[0].task_id, "t1");
    EXPECT_EQ(stock[0].containers, (std::vector<std::string>{"app", "worker"}));
    EXPECT_EQ(stock[1].task_id, "t2");
    EXPECT_FALSE(fs::exists(directory("t1", "app") + "/.new-ab12CD"));
    EXPECT_TRUE(fs::exists(directory("t1", "app") + "/metadata.json"));
    EXPECT_FALSE(fs::exists(root_directory(data_) + "/empty-cluster"));
}

TEST_F(MetadataWriter, StockOfAFreshHostIsEmpty) {
    EXPECT_TRUE(list_task_directories(data_).value().empty());
    EXPECT_TRUE(list_volumes(data_).value().empty());
}

TEST_F(MetadataWriter, VolumesAreNoTasks) {
    for (const auto* name : {"b2", "a1"})
        ASSERT_TRUE(prepare(volume_directory(data_, name).value()));
    EXPECT_EQ(list_volumes(data_).value(), (std::vector<std::string>{"a1", "b2"}));
    EXPECT_TRUE(list_task_directories(data_).value().empty());
    EXPECT_TRUE(fs::exists(volume_directory(data_, "a1").value()));
}

} // namespace
} // namespace metadatafile
