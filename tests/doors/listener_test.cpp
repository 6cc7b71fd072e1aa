// The proxy's socket: whose it is, and what is done about what stands in its place.

#include "agent/doors/proxy/listener_linux.hpp"
#include "doors/peer.hpp"
#include "fakes/captured_log.hpp"
#include "fakes/temporary_folder.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace doors_test {
namespace {

using namespace agent::doors::proxy;

struct Place {
    Place() {
        settings.socket_path = folder.path("run/door.sock");
        settings.engine_path = folder.path("engine.sock");
        settings.group = "root";
    }
    base::Result<Listener> open(const std::map<std::string, std::string>& environment = {}) const {
        return open_listener(settings, environment, ::getpid());
    }
    struct stat look() const {
        struct stat found {};
        ::lstat(settings.socket_path.c_str(), &found);
        return found;
    }

    fakes::TemporaryFolder folder;
    Settings settings;
};

TEST(ProxyListener, IsMadeForRootAndItsGroup) {
    const Place place;
    const auto listener = place.open();
    ASSERT_TRUE(listener) << listener.error().what();
    EXPECT_TRUE(listener->is_ours);
    EXPECT_EQ(place.look().st_mode, static_cast<mode_t>(S_IFSOCK | 0660));
    EXPECT_EQ(::access((place.settings.socket_path + ".new").c_str(), F_OK), -1);
    EXPECT_NO_THROW(Peer::connect(place.settings.socket_path));
    remove_path(*listener, place.settings.socket_path);
    EXPECT_EQ(place.look().st_ino, 0U);
}

TEST(ProxyListener, ReplacesWhatADeadAgentHasLeft) {
    const Place place;
    { const auto dead = place.open(); } // closed, and not removed
    ASSERT_THROW(Peer::connect(place.settings.socket_path), std::runtime_error);
    place.folder.write("run/door.sock.new", "of one that died earlier");
    const auto listener = place.open();
    ASSERT_TRUE(listener) << listener.error().what();
    EXPECT_NO_THROW(Peer::connect(place.settings.socket_path));
}

TEST(ProxyListener, LeavesALivingOneAlone) {
    const Place place;
    const auto living = place.open();
    const auto second = place.open();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), base::Errc::conflict);
    EXPECT_NE(second.error().what().find(place.settings.socket_path), std::string::npos);
    EXPECT_NO_THROW(Peer::connect(place.settings.socket_path));
}

TEST(ProxyListener, LeavesAloneWhatIsNoSocket) {
    const Place place;
    place.folder.write("run/door.sock", "a file");
    const auto listener = place.open();
    ASSERT_FALSE(listener);
    EXPECT_EQ(listener.error().code(), base::Errc::conflict);
    EXPECT_EQ(place.folder.read("run/door.sock"), "a file");
}

TEST(ProxyListener, DoesNotRemoveAnothersPath) {
    const Place place;
    const auto first = place.open();
    place.folder.remove("run/door.sock");
    const auto second = place.open();
    remove_path(*first, place.settings.socket_path);
    EXPECT_NO_THROW(Peer::connect(place.settings.socket_path));
}

TEST(ProxyListener, IsTakenFromTheServiceManager) {
    Place place;
    place.settings.socket_path = place.folder.path("door.sock");
    // Others that are handed over are not for us.
    const Listening other(place.folder.path("other.sock"));
    const Listening managers(place.settings.socket_path);
    ASSERT_LT(managers.descriptor(), 60);
    const auto own_pid = std::to_string(::getpid());
    auto taken = place.open({{"LISTEN_PID", own_pid}, {"LISTEN_FDS", "60"}});
    ASSERT_TRUE(taken) << taken.error().what();
    EXPECT_FALSE(taken->is_ours);
    // It is the test's too, which closes it.
    EXPECT_EQ(taken->socket.release(), managers.descriptor());
    EXPECT_NE(::fcntl(managers.descriptor(), F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_NE(::fcntl(managers.descriptor(), F_GETFL) & O_NONBLOCK, 0);
    remove_path(*taken, place.settings.socket_path);
    EXPECT_NE(place.look().st_ino, 0U);
    EXPECT_FALSE(place.open()) << "without the variables it is another process'";
    EXPECT_FALSE(place.open({{"LISTEN_PID", "1"}, {"LISTEN_FDS", "60"}}));
    EXPECT_FALSE(place.open({{"LISTEN_PID", own_pid}, {"LISTEN_FDS", "x"}}));
}

TEST(ProxyListener, RefusesTheEnginesOwnSocket) {
    Place place;
    place.settings.socket_path = place.settings.engine_path;
    ASSERT_FALSE(place.open());
    EXPECT_EQ(place.open().error().code(), base::Errc::invalid_argument);
    // By another name, too.
    const Listening engine(place.settings.engine_path);
    place.settings.socket_path = place.folder.path("link.sock");
    ASSERT_EQ(::symlink(place.settings.engine_path.c_str(), place.settings.socket_path.c_str()), 0);
    EXPECT_EQ(place.open().error().code(), base::Errc::invalid_argument);
    place.settings.socket_path = place.folder.path(std::string(200, 'x'));
    EXPECT_EQ(place.open().error().code(), base::Errc::invalid_argument);
}

TEST(ProxyListener, IsRootsAloneWhereThereIsNoSuchGroup) {
    const fakes::CapturedLog log;
    Place place;
    place.settings.group = "no-such-group-anywhere";
    ASSERT_TRUE(place.open());
    EXPECT_EQ(log.count(base::log::Level::warn, "group=no-such-group-anywhere"), 1U) << log.all();
}

} // namespace
} // namespace doors_test
