// A host file that was right once is in force until another one is.

#include "agent/rules/accepted_host_file.hpp"

#include "fakes/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <filesystem>
#include <string>

namespace agent::rules {
namespace {

class AcceptHostFile : public testing::Test {
protected:
    void write(const std::string& yaml) { folder.write("host.yaml", yaml); }
    /// The roles of the file that is in force.
    std::size_t roles_in_force(bool is_refused) const {
        const auto accepted = accept_host_file(path, false, copy);
        EXPECT_TRUE(accepted) << accepted.error().what();
        if (!accepted)
            return 0;
        EXPECT_EQ(accepted->refusal.has_value(), is_refused);
        EXPECT_FALSE(accepted->copy_failure);
        return accepted->says.roles_by_label.size();
    }

    fakes::TemporaryFolder folder;
    std::string path = folder.path("host.yaml");
    std::string copy = folder.path("data/copy");
    void SetUp() override { std::filesystem::create_directory(folder.path("data")); }
};

TEST_F(AcceptHostFile, WhatItSaidBeforeCountsWhereItIsWrong) {
    write("roles_by_label: [a, b]\n");
    EXPECT_EQ(roles_in_force(false), 2U);
    write("roles_by_label: {}\n");
    EXPECT_EQ(roles_in_force(true), 2U);
    EXPECT_TRUE(accept_host_file(path, false, copy)
                    ->refusal->what()
                    .starts_with(path + ": line 1: roles_by_label"));
    write("roles_by_label: [a]\n");
    EXPECT_EQ(roles_in_force(false), 1U);
}

TEST_F(AcceptHostFile, SaysHowManyMoreFaultsThereAre) {
    write("roles_by_label: {}\nimages: []\nvalues: []\n");
    const auto accepted = accept_host_file(path, false, copy);
    ASSERT_FALSE(accepted);
    EXPECT_EQ(accepted.error().what(),
              path + ": line 1: roles_by_label: expected a list, got an object (and 2 more)");
}

TEST_F(AcceptHostFile, OneThatIsGoneSaysNothingAndIsTheLastThatWasRight) {
    write("roles_by_label: [a]\n");
    EXPECT_EQ(roles_in_force(false), 1U);
    std::filesystem::remove(path);
    EXPECT_EQ(roles_in_force(false), 0U);
    write("[\n");
    EXPECT_EQ(roles_in_force(true), 0U);
}

TEST_F(AcceptHostFile, OneThatWasNeverRightIsRefused) {
    write("[\n");
    EXPECT_FALSE(accept_host_file(path, false, copy));
    EXPECT_FALSE(std::filesystem::exists(copy));
}

TEST_F(AcceptHostFile, OneThatWasNamedAndIsGoneLeavesWhatItSaid) {
    write("roles_by_label: [a]\n");
    EXPECT_EQ(roles_in_force(false), 1U);
    std::filesystem::remove(path);
    const auto accepted = accept_host_file(path, true, copy);
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->refusal->code(), base::Errc::not_found);
    EXPECT_EQ(accepted->says.roles_by_label.size(), 1U);
}

TEST_F(AcceptHostFile, TheCopyIsItsOwnersAloneAndOneThatOthersWroteCountsForNothing) {
    write("roles_by_label: [a]\n");
    EXPECT_EQ(roles_in_force(false), 1U);
    struct stat about {};
    ASSERT_EQ(::stat(copy.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777U, 0600U);
    write("[\n");
    ASSERT_EQ(::chmod(copy.c_str(), 0666), 0);
    EXPECT_FALSE(accept_host_file(path, false, copy));
}

TEST_F(AcceptHostFile, ACopyThatCannotBeWrittenIsTold) {
    copy = folder.path("nowhere/copy");
    write("roles_by_label: [a]\n");
    const auto accepted = accept_host_file(path, false, copy);
    ASSERT_TRUE(accepted);
    ASSERT_TRUE(accepted->copy_failure);
    EXPECT_NE(accepted->copy_failure->what().find(copy), std::string::npos);
    EXPECT_EQ(accepted->says.roles_by_label.size(), 1U);
}

} // namespace
} // namespace agent::rules
