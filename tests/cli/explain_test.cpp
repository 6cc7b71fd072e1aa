// Where explain finds what it explains: at the engine, or in a file.

#include "agent/cli/explain.hpp"

#include "fakes/fake_docker.hpp"
#include "fakes/temporary_folder.hpp"
#include "fakes/test_loop.hpp"
#include "model/identity.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace agent::cli {
namespace {

using Found = std::optional<base::Result<FoundContainer>>;

base::Async<void> find(docker::Client& docker, std::string name, Found& found) {
    found = co_await find_container(docker, std::move(name));
}

TEST(Explain, LooksAtAContainerOfTheEngine) {
    fakes::TestLoop loop;
    fakes::FakeDocker fake(loop.executor());
    fake.make_container("web", "host", {{"a", "b"}});
    for (const std::string name : {"web", "nobody"}) {
        Found found;
        loop.tasks().spawn("explain", find(fake, name, found));
        loop.run_until([&] { return found.has_value(); });
        if (name == "nobody") {
            ASSERT_FALSE(*found);
            EXPECT_EQ(found->error().code(), base::Errc::not_found);
            EXPECT_EQ(found->error().what(), "there is neither a container nor a file nobody");
            continue;
        }
        ASSERT_TRUE(*found) << found->error().what();
        const auto& subject = (**found).request.subject;
        EXPECT_EQ(subject.name, "web");
        EXPECT_EQ(subject.labels.at("a"), "b");
        EXPECT_EQ(subject.networks->front(), "host");
    }
}

TEST(Explain, ReadsTheBodyOfACreateOrOfAService) {
    fakes::TemporaryFolder folder;
    folder.write("create.json", R"({"Image":"nginx","HostConfig":{"NetworkMode":"none"}})");
    const auto create = request_of_file(folder.path("create.json"));
    ASSERT_TRUE(create) << create.error().what();
    EXPECT_EQ(create->subject.networks->front(), "none");
    folder.write("service.json",
                 R"({"Name":"web","TaskTemplate":{"ContainerSpec":{"Image":"nginx"}}})");
    const auto service = request_of_file(folder.path("service.json"));
    ASSERT_TRUE(service) << service.error().what();
    EXPECT_TRUE(service->subject.labels.contains(std::string(model::label_swarm_service)));
}

TEST(Explain, SaysWhichFileIsWrong) {
    fakes::TemporaryFolder folder;
    folder.write("create.json", R"({"Env":"SECRET"})");
    const auto wrong = request_of_file(folder.path("create.json"));
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().what(), folder.path("create.json") + ": Env: expected a list");
    folder.write("create.json", std::string((4 << 20) + 1, ' '));
    EXPECT_EQ(request_of_file(folder.path("create.json")).error().code(), base::Errc::too_large);
}

} // namespace
} // namespace agent::cli
