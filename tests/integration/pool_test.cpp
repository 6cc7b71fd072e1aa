// More awsvpc tasks than there are link-local addresses.

#include "tests/integration/support/tasks.hpp"

namespace integration {

using std::chrono::seconds;

namespace {

std::string vpc(const std::string& family) {
    return task(family, {container("app", runs_until_told())}, R"("networkMode": "awsvpc")");
}

std::string family_of(int number) {
    return "vpc" + std::to_string(number);
}

} // namespace

class AddressPool : public TaskTest {};

TEST_F(AddressPool, ThatIsUsedUpStopsATaskWithTheReasonUntilAnAddressIsFree) {
    agent_->set("ECS_LINK_LOCAL_POOL", "169.254.172.0/29");
    agent_->set("ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION", "60s");
    agent_->start();
    // Six addresses, of which one is the bridge's.
    constexpr int addresses = 5;
    for (int number = 0; number < addresses; ++number)
        agent_->put_task(family_of(number) + ".json", vpc(family_of(number)));
    std::vector<std::string> apps;
    for (int number = 0; number < addresses; ++number)
        apps.push_back(running(family_of(number)));
    EXPECT_EQ(query_state(*agent_, "select address from leases").size(), 5U);
    agent_->put_task("late.json", vpc("late"));
    EXPECT_TRUE(agent_->logs(
        {"a container cannot be brought up", "ContainerNetworkingError: ", "169.254.172.0/29"},
        seconds(10)))
        << agent_->log();
    const auto pause = first("late", "~internal~ecs~pause");
    wait_for_end(pause);
    EXPECT_TRUE(agent_->logs({"task stopped", "ContainerNetworkingError: "}));
    EXPECT_TRUE(containers_of("late").empty());
    for (const auto& app : apps)
        EXPECT_TRUE(runs(app));
    agent_->remove_task(family_of(0) + ".json");
    const auto late = running("late");
    EXPECT_EQ(get_in(late, "http://169.254.170.2/v2/metadata").at("TaskARN"), arn_of(late));
}

} // namespace integration
