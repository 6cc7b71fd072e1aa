// The client against the real Docker Engine of this machine, at the negotiated API version and
// pinned to the oldest. Everything that is made carries a random name and is removed again.

#include "agent/docker/client.hpp"
#include "agent/docker/docker_host.hpp"

#include "agent/http/transport.hpp"
#include "base/files.hpp"
#include "base/ids.hpp"
#include "fakes/test_loop.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>

namespace agent::docker {

namespace {

using base::Errc;
using namespace std::chrono_literals;

/// One entry of a tar file (ustar), padded to its blocks.
std::string tar_entry(const std::string& name, char type, unsigned mode, std::string_view content,
                      const std::string& link = {}) {
    std::array<char, 512> head{};
    const auto put = [&](std::size_t at, const std::string& text) { text.copy(&head[at], 100); };
    const auto octal = [](std::size_t number) {
        std::array<char, 16> text{};
        std::snprintf(text.data(), text.size(), "%011zo", number);
        return std::string(text.data());
    };
    put(0, name);
    put(100, octal(mode).substr(4));
    put(108, octal(0).substr(4));
    put(116, octal(0).substr(4));
    put(124, octal(content.size()));
    put(136, octal(0));
    put(148, "        ");
    head[156] = type;
    put(157, link);
    put(257, "ustar");
    put(263, "00");
    std::size_t sum = 0;
    for (const char c : head)
        sum += static_cast<unsigned char>(c);
    put(148, octal(sum).substr(5));
    std::string entry(head.data(), head.size());
    entry.append(content);
    entry.resize((entry.size() + 511) / 512 * 512);
    return entry;
}

std::string busybox_tar() {
    const auto busybox = base::read_file("/bin/busybox", std::size_t{16} << 20);
    EXPECT_TRUE(busybox) << "busybox-static is needed";
    return tar_entry("bin/", '5', 0755, {}) + tar_entry("bin/busybox", '0', 0755, *busybox) +
           tar_entry("bin/sleep", '2', 0777, {}, "busybox") + tar_entry("notes", '0', 0644, "hi") +
           tar_entry("where", '2', 0777, {}, "/bin") + std::string(1024, '\0');
}

class EngineTest : public testing::TestWithParam<std::optional<ApiVersion>> {
protected:
    void SetUp() override {
        ClientOptions options;
        options.pinned_api_version = GetParam();
        client =
            make_client(http::make_transport(loop.executor(), *parse_docker_host("")), options);
        const auto engine = loop.run(client->connect());
        ASSERT_TRUE(engine) << engine.error().what();
        used = engine->used;
        std::vector<std::string> changes{"LABEL test=" + name, R"(CMD ["/bin/sleep","600"])"};
        auto image = loop.run(client->import_image(busybox_tar(), name, "1", std::move(changes)));
        ASSERT_TRUE(image) << image.error().what();
        image_id = *image;
    }

    void TearDown() override {
        stream.reset();
        for (const auto& container : {name, name + "-2"})
            EXPECT_TRUE(loop.run(client->remove_container(container, true, true)));
        EXPECT_TRUE(loop.run(client->remove_network(name)));
        EXPECT_TRUE(loop.run(client->remove_volume(name)));
        const auto transport = http::make_transport(loop.executor(), *parse_docker_host(""));
        http::Request request;
        request.method = "DELETE";
        request.target = "/v1.24/images/" + image_id + "?force=1";
        const auto removed = loop.run(transport->exchange(std::move(request)));
        EXPECT_TRUE(removed && removed->status == 200);
        EXPECT_FALSE(loop.run(client->inspect_image(image_id)).value());
    }

    std::string create() {
        const std::string body = R"({"Image":")" + name +
                                 R"(:1","Hostname":"box","Labels":{"test":")" + name +
                                 R"("},"ExposedPorts":{"80/tcp":{}},"HostConfig":{"PortBindings":)"
                                 R"({"80/tcp":[{"HostIp":"127.0.0.1"}]}}})";
        auto id = loop.run(client->create_container(name, body));
        EXPECT_TRUE(id) << id.error().what();
        return id ? *id : std::string();
    }

    void open_events(std::optional<std::int64_t> since) {
        EventFilter filter;
        filter.types = {"container"};
        auto opened = loop.run(client->events(filter, since));
        ASSERT_TRUE(opened) << opened.error().what();
        stream = std::move(*opened);
    }

    /// Reads until the container's event `action`; nothing when it does not come.
    std::optional<Event> event_of(const std::string& id, const std::string& action) {
        for (int i = 0; i < 200; ++i) {
            auto event = loop.run(stream->next(5s));
            if (!event || !*event)
                return std::nullopt;
            if ((*event)->actor_id == id && (*event)->action == action)
                return std::move(*event);
        }
        return std::nullopt;
    }

    fakes::TestLoop loop;
    std::unique_ptr<Client> client;
    std::unique_ptr<EventStream> stream;
    ApiVersion used;
    std::string name = "ecs-docker-test-" + base::random_hex(6);
    std::string image_id;
};

} // namespace

TEST_P(EngineTest, SettlesTheVersionAndDescribesTheEngine) {
    if (GetParam()) {
        EXPECT_EQ(used, *GetParam());
    } else {
        EXPECT_GT(used, oldest_api_version);
    }
    const auto info = loop.run(client->info());
    ASSERT_TRUE(info) << info.error().what();
    EXPECT_FALSE(info->id.empty());
    EXPECT_FALSE(info->name.empty());
    EXPECT_FALSE(info->root_dir.empty());
    EXPECT_FALSE(info->cgroup_driver.empty());
    EXPECT_TRUE(loop.run(client->ping(2s)));
}

TEST_P(EngineTest, ImportsAnImageAndInspectsIt) {
    EXPECT_TRUE(image_id.starts_with("sha256:"));
    const auto image = loop.run(client->inspect_image(name + ":1"));
    ASSERT_TRUE(image && *image);
    EXPECT_EQ((*image)->id, image_id);
    EXPECT_EQ((*image)->labels.at("test"), name);
    EXPECT_EQ((*image)->repo_tags, std::vector<std::string>{name + ":1"});
    EXPECT_FALSE(loop.run(client->inspect_image(name + ":2")).value());
}

TEST_P(EngineTest, TakesAContainerThroughItsLife) {
    const auto begin = base::now().time_since_epoch().count();
    open_events(std::nullopt);
    const auto id = create();
    auto container = loop.run(client->inspect_container(id));
    ASSERT_TRUE(container && *container);
    EXPECT_EQ((*container)->state.status, "created");
    EXPECT_FALSE((*container)->state.started_at);
    ASSERT_TRUE(loop.run(client->start_container(id)));
    EXPECT_TRUE(loop.run(client->start_container(id))) << "runs already";
    const auto start = event_of(id, "start");
    ASSERT_TRUE(start);
    EXPECT_GT(start->time_nano, begin);
    EXPECT_EQ(start->attributes.at("name"), name);

    container = loop.run(client->inspect_container(name));
    ASSERT_TRUE(container && *container);
    const auto& inspected = **container;
    EXPECT_EQ(inspected.id, id);
    EXPECT_EQ(inspected.name, "/" + name);
    EXPECT_EQ(inspected.image_id, image_id);
    EXPECT_TRUE(inspected.state.running);
    EXPECT_GT(inspected.state.pid, 0);
    EXPECT_TRUE(inspected.state.started_at);
    EXPECT_EQ(inspected.config.hostname, "box");
    EXPECT_EQ(inspected.config.labels.at("test"), name);
    EXPECT_FALSE(inspected.network_settings.sandbox_key.empty());
    EXPECT_FALSE(inspected.network_settings.networks.at("bridge").ip.empty());
    ASSERT_EQ(inspected.network_settings.ports.at("80/tcp").size(), 1U);
    EXPECT_GT(inspected.network_settings.ports.at("80/tcp").front().host_port, 0);

    std::vector<std::string> labels{"test=" + name};
    const auto list = loop.run(client->list_containers(false, std::move(labels)));
    ASSERT_TRUE(list) << list.error().what();
    ASSERT_EQ(list->size(), 1U);
    EXPECT_EQ(list->front().id, id);
    EXPECT_EQ(list->front().state, "running");
    EXPECT_EQ(list->front().names, std::vector<std::string>{"/" + name});

    ASSERT_TRUE(loop.run(client->kill_container(id, "SIGKILL")));
    const auto died = event_of(id, "die");
    ASSERT_TRUE(died);
    EXPECT_EQ(died->attributes.at("exitCode"), "137");
    EXPECT_TRUE(loop.run(client->stop_container(id, 1s))) << "stopped already";
    EXPECT_EQ(loop.run(client->kill_container(id, "SIGHUP")).error().code(), Errc::conflict);
    EXPECT_TRUE(loop.run(client->remove_container(id, false, true)).value());
    EXPECT_TRUE(event_of(id, "destroy"));
    EXPECT_FALSE(loop.run(client->remove_container(id, false, true)).value());
    EXPECT_FALSE(loop.run(client->inspect_container(id)).value());
    EXPECT_EQ(loop.run(client->start_container(id)).error().code(), Errc::not_found);

    open_events(start->time_nano); // the past again, from that event on
    EXPECT_TRUE(event_of(id, "start"));
    EXPECT_TRUE(event_of(id, "die"));
}

TEST_P(EngineTest, StopsARunningContainerAndRefusesToRemoveOne) {
    const auto id = create();
    ASSERT_TRUE(loop.run(client->start_container(id)));
    const auto refused = loop.run(client->remove_container(id, false, true));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Errc::conflict);
    ASSERT_TRUE(loop.run(client->stop_container(id, 1s)));
    const auto container = loop.run(client->inspect_container(id));
    ASSERT_TRUE(container && *container);
    EXPECT_EQ((*container)->state.status, "exited");
    EXPECT_EQ((*container)->state.exit_code, 137);
    EXPECT_TRUE((*container)->state.finished_at);
}

TEST_P(EngineTest, KeepsDockersMessageOfARefusal) {
    const auto id = create();
    const auto twin = loop.run(client->create_container(name, R"({"Image":")" + name + R"(:1"})"));
    ASSERT_FALSE(twin);
    EXPECT_EQ(twin.error().code(), Errc::conflict);
    EXPECT_TRUE(twin.error().what().starts_with("docker create container " + name +
                                                ": 409 Conflict: Conflict. The container name"))
        << twin.error().what();
    EXPECT_NE(twin.error().what().find(id), std::string::npos);
    const auto other =
        loop.run(client->create_container(name + "-2", R"({"Image":"no-such-image"})"));
    EXPECT_EQ(other.error().code(), Errc::not_found);
    EXPECT_NE(other.error().what().find("No such image: no-such-image"), std::string::npos);
    const auto bad =
        loop.run(client->create_container("no good", R"({"Image":")" + name + R"(:1"})"));
    EXPECT_EQ(bad.error().code(), Errc::invalid_argument);
    EXPECT_NE(bad.error().what().find("Invalid container name"), std::string::npos);
}

TEST_P(EngineTest, LooksAtPathsInAContainerThatNeverRan) {
    const auto id = create();
    const auto stat = [&](const char* path) { return loop.run(client->stat_path(id, path)); };
    const auto directory = stat("/bin");
    ASSERT_TRUE(directory && *directory) << (directory ? "" : directory.error().what());
    EXPECT_TRUE((*directory)->is_directory);
    const auto file = stat("/notes");
    ASSERT_TRUE(file && *file);
    EXPECT_FALSE((*file)->is_directory);
    EXPECT_FALSE((*file)->is_symlink);
    const auto link = stat("/where");
    ASSERT_TRUE(link && *link);
    EXPECT_TRUE((*link)->is_symlink);
    EXPECT_TRUE((*link)->link_target.ends_with("/bin"));
    EXPECT_FALSE(stat("/ecs").value());
}

TEST_P(EngineTest, MakesInspectsAndRemovesANetwork) {
    NetworkSpec spec;
    spec.name = name;
    spec.internal = true;
    spec.subnet = "10.213.77.0/24";
    spec.gateway = "10.213.77.1";
    spec.labels["test"] = name;
    spec.options["com.docker.network.bridge.name"] = "ecst" + name.substr(name.size() - 8);
    const auto id = loop.run(client->create_network(spec));
    ASSERT_TRUE(id) << id.error().what();
    const auto network = loop.run(client->inspect_network(name));
    ASSERT_TRUE(network && *network);
    EXPECT_EQ((*network)->id, *id);
    EXPECT_EQ((*network)->driver, "bridge");
    EXPECT_EQ((*network)->scope, "local");
    EXPECT_TRUE((*network)->internal);
    ASSERT_EQ((*network)->ipam.size(), 1U);
    EXPECT_EQ((*network)->ipam.front().subnet, spec.subnet);
    EXPECT_EQ((*network)->ipam.front().gateway, spec.gateway);
    EXPECT_EQ((*network)->labels, spec.labels);
    EXPECT_EQ((*network)->options, spec.options);
    const auto twin = loop.run(client->create_network(spec));
    ASSERT_FALSE(twin);
    EXPECT_EQ(twin.error().code(), Errc::conflict);
    const auto networks = loop.run(client->list_networks());
    ASSERT_TRUE(networks);
    EXPECT_EQ(std::count_if(networks->begin(), networks->end(),
                            [&](const Network& one) { return one.id == *id; }),
              1);
    EXPECT_TRUE(loop.run(client->remove_network(*id)).value());
    EXPECT_FALSE(loop.run(client->remove_network(*id)).value());
    EXPECT_FALSE(loop.run(client->inspect_network(*id)).value());
}

TEST_P(EngineTest, MakesListsAndRemovesAVolume) {
    VolumeSpec spec;
    spec.name = name;
    spec.labels["test"] = name;
    spec.driver_options = {{"type", "tmpfs"}, {"device", "tmpfs"}};
    const auto made = loop.run(client->create_volume(spec));
    ASSERT_TRUE(made) << made.error().what();
    EXPECT_EQ(*made, name);
    const auto volume = loop.run(client->inspect_volume(name));
    ASSERT_TRUE(volume && *volume);
    EXPECT_EQ((*volume)->driver, "local");
    EXPECT_EQ((*volume)->labels, spec.labels);
    EXPECT_EQ((*volume)->options, spec.driver_options);
    EXPECT_FALSE((*volume)->mountpoint.empty());
    VolumeSpec again;
    again.name = name;
    ASSERT_TRUE(loop.run(client->create_volume(again))) << "it is there already, and is taken";
    EXPECT_EQ((*loop.run(client->inspect_volume(name)))->labels, spec.labels);
    VolumeSpec unknown_driver;
    unknown_driver.name = name + "-2";
    unknown_driver.driver = "no-such-driver";
    EXPECT_FALSE(loop.run(client->create_volume(unknown_driver)));

    const auto count = [&](const std::string& label) {
        std::vector<std::string> labels{label};
        const auto list = loop.run(client->list_volumes(std::move(labels)));
        EXPECT_TRUE(list) << list.error().what();
        return list ? list->size() : 99;
    };
    EXPECT_EQ(count("test=" + name), 1U);
    EXPECT_EQ(count("test=another"), 0U);

    const std::string body =
        R"({"Image":")" + name + R"(:1","HostConfig":{"Binds":[")" + name + R"(:/data"]}})";
    const auto user = loop.run(client->create_container(name, body));
    ASSERT_TRUE(user) << user.error().what();
    const auto refused = loop.run(client->remove_volume(name));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Errc::conflict);
    ASSERT_TRUE(loop.run(client->remove_container(*user, true, true)));
    EXPECT_TRUE(loop.run(client->remove_volume(name)).value()) << "named ones stay with v=1";
    EXPECT_FALSE(loop.run(client->remove_volume(name)).value());
    EXPECT_FALSE(loop.run(client->inspect_volume(name)).value());
}

TEST_P(EngineTest, SaysWhyAPullFails) {
    const auto pulled = loop.run(client->pull_image("127.0.0.1:1/none:1", std::nullopt, {}));
    ASSERT_FALSE(pulled);
    EXPECT_NE(pulled.error().what().find("127.0.0.1:1"), std::string::npos);
    EXPECT_NE(pulled.error().what().find("connection refused"), std::string::npos)
        << pulled.error().what();
}

TEST_P(EngineTest, AnswersManyCallsAtOnceBesideTheEventStream) {
    open_events(std::nullopt);
    const auto id = create();
    std::vector<std::shared_ptr<std::optional<base::Result<std::optional<ContainerInspect>>>>>
        looks;
    for (int i = 0; i < 24; ++i)
        looks.push_back(loop.start(client->inspect_container(id)));
    loop.run_until([&] { return loop.tasks().size() == 0; });
    for (const auto& look : looks) {
        ASSERT_TRUE(look->has_value());
        ASSERT_TRUE(look->value()) << look->value().error().what();
        EXPECT_EQ((*look->value())->id, id);
    }
    EXPECT_TRUE(event_of(id, "create"));
}

INSTANTIATE_TEST_SUITE_P(Api, EngineTest,
                         testing::Values(std::nullopt, std::optional(oldest_api_version)),
                         [](const auto& parameter) {
                             return parameter.param ? "Oldest" : "Negotiated";
                         });

} // namespace agent::docker
