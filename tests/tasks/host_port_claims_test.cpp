// Host ports that the agent chooses are a container's as long as its task runs, and go back however it ends.

#include "tasks/tasks_fixture.hpp"

#include "base/fd_linux.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

namespace agent::tasks {
namespace {

using namespace std::chrono_literals;
using Level = base::log::Level;

/// One that nobody had a moment ago.
std::uint16_t free_port() {
    const base::Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(socket.get(), any, size), 0);
    EXPECT_EQ(::getsockname(socket.get(), any, &size), 0);
    return ntohs(address.sin_port);
}

class HostPortClaimsOfTasks : public SupervisorFixture {
protected:
    HostPortClaimsOfTasks() {
        const auto port = free_port();
        settings.dynamic_host_ports = containers::PortRange{port, port};
    }
    static std::string with_port(const std::string& family) {
        auto text = definition(family, {"app"});
        return text.insert(text.rfind("}]}"), R"(,"portMappings":[{"containerPort":80}])");
    }
    bool is_up(const std::string& family) const {
        return std::ranges::any_of(tasks(), [&](const auto& each) {
            return each->family == family && each->known == model::TaskStatus::running;
        });
    }
};

TEST_F(HostPortClaimsOfTasks, GoBackWhenTheContainerIsRemovedBeforeItsStart) {
    docker.delay("start", 300ms);
    begin();
    declare("web.json", with_port("web"));
    loop.run_until([&] { return docker.count("start") == 1U; });
    ASSERT_EQ(docker.container_names().size(), 1U) << log.all();
    docker.destroy(docker.container_names().front());
    docker.delay("start", 0ms);
    loop.run_until([&] { return is_up("web"); });
    EXPECT_TRUE(is_up("web")) << log.all();
}

TEST_F(HostPortClaimsOfTasks, StayWhileTheTaskRuns) {
    begin();
    declare("web.json", with_port("web"));
    ASSERT_TRUE(runs()) << log.all();
    declare("other.json", with_port("other"));
    loop.run_until([&] { return log.all().find("no free host port") != std::string::npos; });
    EXPECT_FALSE(is_up("other")) << "Docker would not start it";
    undeclare("web.json");
    loop.run_until([&] { return is_up("other"); });
    EXPECT_TRUE(is_up("other")) << log.all();
}

} // namespace
} // namespace agent::tasks
