// The host file on the disk: it says who acts as which role, so nobody else may have written it.

#include "agent/rules/host_file.hpp"

#include "fakes/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <string>

namespace agent::rules {
namespace {

using base::Errc;

class LoadHostFile : public testing::Test {
protected:
    void write(const std::string& yaml, mode_t mode = 0644) {
        folder.write("host.yaml", yaml);
        ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    }
    void expect_refusal(Errc code, const std::string& reason) {
        const auto file = load_host_file(path, true);
        ASSERT_FALSE(file) << reason;
        EXPECT_EQ(file.error().code(), code) << file.error().what();
        EXPECT_EQ(file.error().what(), path + ": " + reason);
    }

    fakes::TemporaryFolder folder;
    std::string path = folder.path("host.yaml");
};

TEST_F(LoadHostFile, IsReadWhereOnlyItsOwnerMayWriteIt) {
    write("roles_by_label: [dev]\n");
    const auto file = load_host_file(path, false);
    ASSERT_TRUE(file) << file.error().what();
    EXPECT_EQ(file->roles_by_label.size(), 1U);
    write("roles_by_label: [dev]\n", 0664);
    expect_refusal(Errc::permission, "others may write it (chmod go-w " + path + ")");
}

TEST_F(LoadHostFile, MayBeAbsentUnlessItWasNamed) {
    const auto usual = load_host_file(path, false);
    ASSERT_TRUE(usual) << usual.error().what();
    HostFile nothing;
    nothing.stand_ins.file = path;
    EXPECT_EQ(*usual, nothing);
    expect_refusal(Errc::not_found, "No such file or directory");
}

TEST_F(LoadHostFile, MistakesInItAreToldWithItsPath) {
    write("containers: [{match: {image: a}}]\n");
    expect_refusal(Errc::invalid_argument,
                   "line 1: containers[0]: says neither task_role, family, cluster, address nor "
                   "opt_out");
    write("roles_by_label: {}\nimages: []\n");
    HostFileFaults faults;
    EXPECT_FALSE(load_host_file(path, true, &faults));
    ASSERT_EQ(faults.size(), 2U);
    EXPECT_EQ(faults[1].what(), path + ": line 2: images: expected an object, got a list");
    write("containers: [\n");
    EXPECT_TRUE(load_host_file(path, true).error().what().starts_with(path + ": not valid YAML: "));
}

TEST_F(LoadHostFile, HasALimit) {
    const std::string comment = "# " + std::string(256 * 1024 - 3, 'x') + "\n";
    write(comment);
    EXPECT_TRUE(load_host_file(path, true));
    write(comment + "#");
    expect_refusal(Errc::too_large, "longer than 262144 bytes");
}

} // namespace
} // namespace agent::rules
