// A socket of the agent's: whose it is, and what is done about what stands in its place.

#include "agent/doors/sockets/listener_linux.hpp"
#include "doors/peer.hpp"
#include "fakes/captured_log.hpp"
#include "fakes/temporary_folder.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace doors_test {
namespace {

using namespace agent::doors::sockets;

struct Site {
    Site() {
        place.path = folder.path("run/door.sock");
        place.engine_path = folder.path("engine.sock");
        place.group = "root";
    }
    base::Result<Listener> open(const std::map<std::string, std::string>& environment = {}) const {
        return open_listener(place, environment, ::getpid());
    }
    struct stat look() const {
        struct stat found {};
        ::lstat(place.path.c_str(), &found);
        return found;
    }

    fakes::TemporaryFolder folder;
    Place place;
};

TEST(Listener, IsMadeForRootAndItsGroup) {
    const Site site;
    const auto listener = site.open();
    ASSERT_TRUE(listener) << listener.error().what();
    EXPECT_TRUE(listener->is_ours);
    EXPECT_EQ(site.look().st_mode, static_cast<mode_t>(S_IFSOCK | 0660));
    EXPECT_EQ(::access((site.place.path + ".new").c_str(), F_OK), -1);
    EXPECT_NO_THROW(Peer::connect(site.place.path));
    remove_path(*listener);
    EXPECT_EQ(site.look().st_ino, 0U);
}

TEST(Listener, ReplacesWhatADeadAgentHasLeft) {
    const Site site;
    { const auto dead = site.open(); } // closed, and not removed
    ASSERT_THROW(Peer::connect(site.place.path), std::runtime_error);
    site.folder.write("run/door.sock.new", "of one that died earlier");
    const auto listener = site.open();
    ASSERT_TRUE(listener) << listener.error().what();
    EXPECT_NO_THROW(Peer::connect(site.place.path));
}

TEST(Listener, LeavesALivingOneAlone) {
    const Site site;
    const auto living = site.open();
    const auto second = site.open();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), base::Errc::conflict);
    EXPECT_NE(second.error().what().find(site.place.path), std::string::npos);
    EXPECT_NO_THROW(Peer::connect(site.place.path));
}

TEST(Listener, LeavesAloneWhatIsNoSocket) {
    const Site site;
    site.folder.write("run/door.sock", "a file");
    const auto listener = site.open();
    ASSERT_FALSE(listener);
    EXPECT_EQ(listener.error().code(), base::Errc::conflict);
    EXPECT_EQ(site.folder.read("run/door.sock"), "a file");
}

TEST(Listener, DoesNotRemoveAnothersPath) {
    const Site site;
    const auto first = site.open();
    site.folder.remove("run/door.sock");
    const auto second = site.open();
    remove_path(*first);
    EXPECT_NO_THROW(Peer::connect(site.place.path));
}

TEST(Listener, IsTakenFromTheServiceManager) {
    Site site;
    site.place.path = site.folder.path("door.sock");
    // Others that are handed over are not for us.
    const Listening other(site.folder.path("other.sock"));
    const Listening managers(site.place.path);
    ASSERT_LT(managers.descriptor(), 60);
    const auto own_pid = std::to_string(::getpid());
    auto taken = site.open({{"LISTEN_PID", own_pid}, {"LISTEN_FDS", "60"}});
    ASSERT_TRUE(taken) << taken.error().what();
    EXPECT_FALSE(taken->is_ours);
    // It is the test's too, which closes it.
    EXPECT_EQ(taken->socket.release(), managers.descriptor());
    EXPECT_NE(::fcntl(managers.descriptor(), F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_NE(::fcntl(managers.descriptor(), F_GETFL) & O_NONBLOCK, 0);
    remove_path(*taken);
    EXPECT_NE(site.look().st_ino, 0U);
    EXPECT_FALSE(site.open()) << "without the variables it is another process'";
    EXPECT_FALSE(site.open({{"LISTEN_PID", "1"}, {"LISTEN_FDS", "60"}}));
    EXPECT_FALSE(site.open({{"LISTEN_PID", own_pid}, {"LISTEN_FDS", "x"}}));
}

TEST(Listener, RefusesTheEnginesOwnSocket) {
    Site site;
    site.place.path = site.place.engine_path;
    ASSERT_FALSE(site.open());
    EXPECT_EQ(site.open().error().code(), base::Errc::invalid_argument);
    // By another name, too.
    const Listening engine(site.place.engine_path);
    site.place.path = site.folder.path("link.sock");
    ASSERT_EQ(::symlink(site.place.engine_path.c_str(), site.place.path.c_str()), 0);
    EXPECT_EQ(site.open().error().code(), base::Errc::invalid_argument);
    site.place.path = site.folder.path(std::string(200, 'x'));
    EXPECT_EQ(site.open().error().code(), base::Errc::invalid_argument);
}

TEST(Listener, IsRootsAloneWhereThereIsNoSuchGroup) {
    const fakes::CapturedLog log;
    Site site;
    site.place.group = "no-such-group-anywhere";
    ASSERT_TRUE(site.open());
    EXPECT_EQ(log.count(base::log::Level::warn, "group=no-such-group-anywhere"), 1U) << log.all();
}

} // namespace
} // namespace doors_test
