// Which files are trusted, and that what is wrong is told with what to do about it.

#include "base/private_file.hpp"

#include "base/fd_linux.hpp"
#include "fakes/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <string>

namespace base {
namespace {

constexpr uid_t somebody = 65534;
constexpr uid_t somebody_else = 65533;

class PrivateFile : public testing::Test {
protected:
    static void SetUpTestSuite() {
        // A folder that its group may write counts as somebody else's.
        ::umask(022);
    }

    void write(mode_t mode, const std::string& text = "content") {
        folder.write("file", text);
        ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    }
    Result<std::string> read(Readers readers, std::size_t limit = 100) {
        return read_trusted_file(path, limit, readers);
    }
    void expect_refusal(Readers readers, Errc code, const std::string& reason) {
        const auto text = read(readers);
        ASSERT_FALSE(text) << reason;
        EXPECT_EQ(text.error().code(), code) << text.error().what();
        EXPECT_EQ(text.error().what(), path + ": " + reason);
    }

    void expect_users_refusal(Errc code, const std::string& reason) {
        const auto file = read_users_file(path, 100);
        ASSERT_FALSE(file) << reason;
        EXPECT_EQ(file.error().code(), code) << file.error().what();
        EXPECT_EQ(file.error().what(), path + ": " + reason);
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

// D4: a user's ~/.aws/credentials that led to /root/.aws/credentials was read as root's own.
TEST_F(PrivateFile, IsReachedThroughNoLink) {
    const std::string advice = "is a link; name what it leads to instead";
    folder.write("target", "content");
    ASSERT_EQ(::chmod(folder.path("target").c_str(), 0600), 0);
    ASSERT_EQ(::symlink(folder.path("target").c_str(), path.c_str()), 0);
    expect_refusal(Readers::owner_only, Errc::permission, advice);
    expect_users_refusal(Errc::permission, advice);
    folder.remove("target");
    expect_users_refusal(Errc::permission, advice); // leading nowhere
    folder.write("real/deep/keys", "content");
    ASSERT_EQ(::symlink(folder.path("real").c_str(), folder.path("linked").c_str()), 0);
    path = folder.path("linked/deep/keys");
    expect_refusal(Readers::anybody, Errc::permission, folder.path("linked") + ' ' + advice);
    expect_users_refusal(Errc::permission, folder.path("linked") + ' ' + advice);
    path = folder.path("real/deep/../deep//keys");
    EXPECT_TRUE(read(Readers::anybody)) << "that is no link";
}

// D4
TEST_F(PrivateFile, NobodyElseMayChangeAFolderAboveIt) {
    const auto shared = folder.path("shared");
    path = shared + "/deep/file";
    folder.write("shared/deep/file", "content");
    ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
    ASSERT_EQ(::chmod((shared + "/deep").c_str(), 0755), 0);
    for (const mode_t mode : {0775U, 0757U, 0777U}) {
        ASSERT_EQ(::chmod(shared.c_str(), mode), 0);
        expect_refusal(Readers::owner_only, Errc::permission,
                       "others may write its folder " + shared + " (chmod go-w " + shared + ")");
    }
    ASSERT_EQ(::chmod(shared.c_str(), 01777), 0);
    EXPECT_TRUE(read(Readers::owner_only)) << "there nobody takes the place of what is ours";
    if (::geteuid() == 0) {
        ASSERT_EQ(::chmod(shared.c_str(), 0755), 0);
        ASSERT_EQ(::chown(shared.c_str(), somebody, gid_t(-1)), 0);
        expect_refusal(Readers::anybody, Errc::permission,
                       "its folder " + shared + " must belong to root (chown root " + shared + ")");
    }
}

// D4: whoever waited for a FIFO's writer, or for the end of a lease, would wait for ever.
TEST_F(PrivateFile, IsARegularFile) {
    const auto expect_refused = [&](const std::string& which) {
        path = which;
        expect_refusal(Readers::owner_only, Errc::invalid_argument, "expected a regular file");
        expect_users_refusal(Errc::invalid_argument, "expected a regular file");
    };
    ASSERT_EQ(::mkdir(folder.path("folder").c_str(), 0700), 0);
    expect_refused(folder.path("folder"));
    expect_refused(folder.path("folder/"));
    ASSERT_EQ(::mkfifo(folder.path("pipe").c_str(), 0600), 0);
    expect_refused(folder.path("pipe"));
    expect_refused(folder.path("pipe/file"));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    folder.path("socket").copy(address.sun_path, sizeof address.sun_path - 1);
    const base::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    expect_refused(folder.path("socket"));
    expect_refused("/dev/null");
    expect_refused("");
}

/// In the home of somebody who is neither root nor the agent's user, where the test may give files away.
class FileOfAHome : public PrivateFile {
protected:
    FileOfAHome() {
        folder.write("home/.aws/credentials", "content");
        for (const auto* part : {"home", "home/.aws", "home/.aws/credentials"})
            give(part, user);
        path = folder.path("home/.aws/credentials");
    }
    void give(const std::string& name, uid_t to) const {
        EXPECT_EQ(::lchown(folder.path(name).c_str(), to, gid_t(-1)), 0);
    }
    Result<UsersFile> read_theirs() { return read_users_file(path, 100); }

    const uid_t user = ::geteuid() == 0 ? somebody : ::geteuid();
    /// Whose they are not, where that can be.
    const bool is_somebodys = ::geteuid() == 0;
};

// D4
TEST_F(FileOfAHome, IsThatUsersOrRoots) {
    const auto theirs = read_theirs();
    ASSERT_TRUE(theirs) << theirs.error().what();
    EXPECT_EQ(theirs->text, "content");
    EXPECT_EQ(theirs->changeable, is_somebodys ? folder.path("home") : "");
    if (!is_somebodys)
        return;
    give("home/.aws/credentials", 0);
    const auto roots = read_theirs();
    ASSERT_TRUE(roots) << roots.error().what();
    EXPECT_EQ(roots->changeable, folder.path("home")) << "the user can put another in its place";
    give("home/.aws/credentials", somebody_else);
    expect_users_refusal(Errc::permission,
                         "must belong to root or to the user whose folder it is in");
    give("home/.aws/credentials", user);
    give("home/.aws", somebody_else);
    expect_users_refusal(Errc::permission,
                         "its folder " + folder.path("home/.aws") +
                             " must belong to root or to the user whose folder it is in");
}

// D4
TEST_F(FileOfAHome, LeadsToNothingOfRoots) {
    folder.write("root/credentials", "root's");
    ASSERT_EQ(::chmod(folder.path("root/credentials").c_str(), 0600), 0);
    folder.remove("home/.aws/credentials");
    ASSERT_EQ(::symlink(folder.path("root/credentials").c_str(), path.c_str()), 0);
    give("home/.aws/credentials", user);
    expect_users_refusal(Errc::permission, "is a link; name what it leads to instead");
    folder.remove("home/.aws");
    ASSERT_EQ(::symlink(folder.path("root").c_str(), folder.path("home/.aws").c_str()), 0);
    give("home/.aws", user);
    expect_users_refusal(Errc::permission,
                         folder.path("home/.aws") + " is a link; name what it leads to instead");
    if (!is_somebodys)
        return;
    folder.remove("home/.aws");
    ASSERT_EQ(::mkdir(folder.path("home/.aws").c_str(), 0755), 0);
    ASSERT_EQ(::link(folder.path("root/credentials").c_str(), path.c_str()), 0);
    expect_users_refusal(Errc::permission, "has another name too; copy it (cp, not ln)");
}

TEST_F(FileOfAHome, MayBeChangedByWhoeverMayWriteIt) {
    ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
    const auto file = read_theirs();
    ASSERT_TRUE(file) << file.error().what();
    EXPECT_EQ(file->changeable, is_somebodys ? folder.path("home") : path);
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
} // namespace base
