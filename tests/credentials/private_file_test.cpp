// Which files are trusted, and that what is wrong is told with what to do about it.

#include "agent/credentials/private_file.hpp"

#include "fakes/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <string>

namespace agent::credentials {
namespace {

using base::Errc;

constexpr uid_t somebody = 65534;

class PrivateFile : public testing::Test {
protected:
    void write(mode_t mode, const std::string& text = "content") {
        folder.write("file", text);
        ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    }
    base::Result<std::string> read(Readers readers, std::size_t limit = 100) {
        return read_trusted_file(path, limit, readers);
    }
    void expect_refusal(Readers readers, Errc code, const std::string& reason) {
        const auto text = read(readers);
        ASSERT_FALSE(text) << reason;
        EXPECT_EQ(text.error().code(), code) << text.error().what();
        EXPECT_EQ(text.error().what(), path + ": " + reason);
    }

    fakes::TemporaryFolder folder;
    std::string path = folder.path("file");
};

TEST_F(PrivateFile, OfItsOwnerOnlyIsRead) {
    for (const mode_t mode : {0600U, 0400U, 0700U}) {
        write(mode);
        for (const auto readers : {Readers::owner_only, Readers::anybody}) {
            const auto text = read(readers);
            ASSERT_TRUE(text) << text.error().what();
            EXPECT_EQ(*text, "content");
        }
        folder.remove("file");
    }
}

TEST_F(PrivateFile, MayBeReadByOthersWhereItHoldsNoKeys) {
    const auto others_read = "others may read it (chmod 600 " + path + ")";
    for (const mode_t mode : {0644U, 0640U, 0604U}) {
        write(mode);
        EXPECT_TRUE(read(Readers::anybody)) << std::oct << mode;
        expect_refusal(Readers::owner_only, Errc::permission, others_read);
    }
}

TEST_F(PrivateFile, MayBeWrittenByNobodyElse) {
    const auto others_write = "others may write it (chmod go-w " + path + ")";
    for (const mode_t mode : {0620U, 0602U, 0666U, 0664U})
        for (const auto readers : {Readers::owner_only, Readers::anybody}) {
            write(mode);
            expect_refusal(readers, Errc::permission, others_write);
        }
}

TEST_F(PrivateFile, BelongsToRootOrToTheAgentsUser) {
    EXPECT_TRUE(read_trusted_file("/etc/passwd", 1 << 20, Readers::anybody)) << "it is root's";
    write(0600);
    EXPECT_TRUE(read(Readers::owner_only)) << "it is ours";
    // Only root can give a file away.
    if (::geteuid() == 0) {
        ASSERT_EQ(::chown(path.c_str(), somebody, gid_t(-1)), 0);
        expect_refusal(Readers::owner_only, Errc::permission,
                       "must belong to root (chown root " + path + ")");
        expect_refusal(Readers::anybody, Errc::permission,
                       "must belong to root (chown root " + path + ")");
    }
}

TEST_F(PrivateFile, ALinkIsWhatItLeadsTo) {
    folder.write("target", "content");
    ASSERT_EQ(::symlink(folder.path("target").c_str(), path.c_str()), 0);
    ASSERT_EQ(::chmod(folder.path("target").c_str(), 0644), 0);
    expect_refusal(Readers::owner_only, Errc::permission,
                   "others may read it (chmod 600 " + path + ")");
    ASSERT_EQ(::chmod(folder.path("target").c_str(), 0600), 0);
    EXPECT_TRUE(read(Readers::owner_only));
}

TEST_F(PrivateFile, IsARegularFile) {
    ASSERT_EQ(::mkdir(path.c_str(), 0700), 0);
    expect_refusal(Readers::owner_only, Errc::invalid_argument, "expected a regular file");
    folder.remove("file");
    // Nobody writes into it: one who waited for that would wait for ever.
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    expect_refusal(Readers::owner_only, Errc::invalid_argument, "expected a regular file");
}

TEST_F(PrivateFile, HasToBeThere) {
    expect_refusal(Readers::anybody, Errc::not_found, "No such file or directory");
}

TEST_F(PrivateFile, IsReadWholeUpToItsLimit) {
    write(0600, std::string(100, 'x'));
    const auto text = read(Readers::owner_only);
    ASSERT_TRUE(text) << text.error().what();
    EXPECT_EQ(*text, std::string(100, 'x'));
    write(0600, std::string(101, 'x'));
    expect_refusal(Readers::owner_only, Errc::too_large, "longer than 100 bytes");
    write(0600, "");
    EXPECT_EQ(*read(Readers::owner_only), "");
    write(0600, std::string("a\0b", 3));
    EXPECT_EQ(*read(Readers::owner_only), std::string("a\0b", 3));
}

} // namespace
} // namespace agent::credentials
