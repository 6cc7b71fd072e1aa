#pragma once
// An observer of the fake engine, with the World that it keeps.

#include "agent/observer/observer.hpp"
#include "fakes/captured_log.hpp"
#include "fakes/fake_docker.hpp"
#include "fakes/test_loop.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace agent::observer {

class ObserverFixture : public testing::Test {
protected:
    ObserverFixture() { docker.add_image("busybox"); }
    ~ObserverFixture() override { end(); }

    static model::Instance instance() {
        model::Instance host;
        host.scope = {"us-east-1", "000000000000", "default"};
        return host;
    }

    /// Runs an observer until it is connected.
    void begin(ObserverSettings settings = {}) {
        settings.on_given = [this](const std::string& docker_id,
                                   const std::optional<Given>& given) {
            stored.emplace_back(docker_id, given ? given->endpoint_id : std::string());
        };
        observer = std::make_unique<Observer>(loop.executor(), docker, world, networks,
                                              std::move(settings));
        if (prepare)
            prepare();
        tasks.spawn("observer", observer->run());
        loop.run_until([&] { return observer->connected(); });
        ASSERT_TRUE(observer->connected());
        docker.forget_calls();
    }

    void end() {
        tasks.cancel();
        const bool ended = loop.run(tasks.wait(std::chrono::seconds(10)));
        EXPECT_TRUE(ended) << "the observer does not end when it is cancelled";
    }

    /// Lets everything that is under way come to its end.
    void settle_down() { loop.run_for(std::chrono::milliseconds(60)); }

    /// "" when it is not in the World.
    std::string status(const std::string& docker_id) const {
        const auto found = world.find_by_docker_id(docker_id);
        return found ? std::string(model::to_string(found.container->known)) : "";
    }
    bool becomes(const std::string& docker_id, const std::string& wanted) {
        loop.run_until([&] { return status(docker_id) == wanted; });
        return status(docker_id) == wanted;
    }

    fakes::CapturedLog log;
    fakes::TestLoop loop;
    base::TaskGroup tasks{loop.executor()};
    fakes::FakeDocker docker{loop.executor()};
    model::World world{instance()};
    ContainerNetworks networks{boost::asio::ip::make_network_v4("169.254.172.0/22")};
    std::vector<std::pair<std::string, std::string>> stored; ///< endpoint ids told to be kept
    std::unique_ptr<Observer> observer;
    std::function<void()> prepare; ///< called when it is made, before it runs
};

} // namespace agent::observer
