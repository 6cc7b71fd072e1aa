#pragma once
// Docker's client at the agent's socket, and containers that are made through it.

#include "tests/integration/support/fixture.hpp"

#include <set>
#include <string>
#include <utility>

namespace integration {

/// Compose's labels, as options of `docker run`.
inline Words compose(const std::string& project, const std::string& service,
                     const std::string& number = "1") {
    return {"--label", "com.docker.compose.project=" + project,
            "--label", "com.docker.compose.service=" + service,
            "--label", "com.docker.compose.container-number=" + number};
}

/// What a container is made of, but for what the door adds and what no two containers share.
inline Json without_additions(Json inspected) {
    auto& config = inspected["Config"];
    // Docker's client brings them in another order each time. Podman adds the host's name.
    std::set<std::string> environment;
    for (const auto& entry : config["Env"]) {
        const auto text = entry.get<std::string>();
        if (!text.starts_with("ECS_") && !text.starts_with("AWS_") &&
            !text.starts_with("HOSTNAME="))
            environment.insert(text);
    }
    config["Env"] = environment;
    Json labels = Json::object();
    for (const auto& [name, value] : config["Labels"].items())
        if (!name.starts_with("com.amazonaws.ecs."))
            labels[name] = value;
    config["Labels"] = labels;
    config.erase("Hostname");
    auto& host = inspected["HostConfig"];
    host.erase("Binds");
    host.erase("Mounts");
    // Where nobody asked for a port of the host, Podman writes down the one that it has chosen.
    for (auto& bindings : host["PortBindings"])
        for (auto& binding : bindings)
            binding.erase("HostPort");
    return Json{{"Config", config}, {"HostConfig", host}, {"Image", inspected["Image"]}};
}

class DoorTest : public AgentTest {
protected:
    /// A container that came through the door; removed at the end.
    class Newcomer {
    public:
        explicit Newcomer(std::string id) : id_(std::move(id)) {}
        ~Newcomer() {
            if (!id_.empty())
                run({"docker", "rm", "--force", "--volumes", id_});
        }
        Newcomer(Newcomer&& other) noexcept : id_(std::exchange(other.id_, {})) {}
        Newcomer(const Newcomer&) = delete;
        Newcomer& operator=(const Newcomer&) = delete;
        Newcomer& operator=(Newcomer&&) = delete;
        const std::string& id() const { return id_; }

    private:
        std::string id_;
    };

    Words at_door(Words words) const {
        Words all{"docker", "--host", "unix://" + agent_->docker_socket()};
        all.insert(all.end(), words.begin(), words.end());
        return all;
    }
    /// `docker <words>` through the door.
    Outcome through(Words words) const { return run(at_door(std::move(words))); }
    /// `docker run --detach <words>`, with a command that goes on.
    Newcomer begin(Words words) const {
        words.insert(words.begin(), {"run", "--detach"});
        words.insert(words.end(), {demo_image, "sleep", "300"});
        return Newcomer(must(at_door(std::move(words))));
    }
    /// The container's own view of itself by v4.
    static Json own_view(const std::string& container, const std::string& rest = "") {
        return get_in(container, "$ECS_CONTAINER_METADATA_URI_V4" + rest);
    }

    /// One of `docker run` alone: it knows what it is by each way that ECS gives.
    void expect_whole_contract() {
        const auto app = begin({"--name", "ecs-int-door", "--memory", "64m"});
        const auto view = own_view(app.id());
        EXPECT_EQ(view.at("DockerId"), app.id());
        EXPECT_EQ(view.at("Name"), "ecs-int-door");
        const auto task = own_view(app.id(), "/task");
        EXPECT_EQ(task.at("Family"), "ecs-int-door");
        EXPECT_EQ(task.at("Containers").size(), 1U);
        EXPECT_EQ(get_in(app.id(), "$ECS_CONTAINER_METADATA_URI/task").at("TaskARN"),
                  task.at("TaskARN"));
        const auto labels = inspect(app.id())["Config"]["Labels"];
        EXPECT_EQ(labels.at(label_of_task), task.at("TaskARN"));
        EXPECT_EQ(labels.at(label_of_name), "ecs-int-door");
        EXPECT_EQ(labels.at(label_of_family), "ecs-int-door");
        EXPECT_EQ(variable_of(app.id(), "AWS_EXECUTION_ENV"), "AWS_ECS_EC2");
        EXPECT_EQ(variable_of(app.id(), "AWS_REGION"),
                  task.at("TaskARN").get<std::string>().substr(12, 9));
        ASSERT_TRUE(eventually(std::chrono::seconds(5), [&] { return is_ready(app.id()); }));
        const auto file = Json::parse(exec_in(app.id(), "cat $ECS_CONTAINER_METADATA_FILE"));
        EXPECT_EQ(file.at("ContainerID"), app.id());
        EXPECT_EQ(file.at("TaskARN"), task.at("TaskARN"));
        EXPECT_NE(try_in(app.id(), "echo x > $ECS_CONTAINER_METADATA_FILE").status, 0);
    }
    /// One with these options of `docker run`, and one that was made without the door.
    void expect_the_same_but_for_additions(Words options) const {
        const auto with = begin(options);
        options.insert(options.end(), {demo_image, "sleep", "300"});
        const Container without(options);
        EXPECT_EQ(without_additions(inspect(with.id())), without_additions(inspect(without.id())));
    }
    /// For a container at the door: it tells what it is told first, and its hostname.
    Words that_asks_first() const {
        return at_door({"run", "--rm", demo_image, "sh", "-c",
                        "wget -qO- $ECS_CONTAINER_METADATA_URI_V4; hostname"});
    }
    static void expect_it_knew_itself(const std::string& told) {
        const auto end = told.rfind('}') + 1;
        const auto view = Json::parse(told.substr(0, end));
        EXPECT_EQ(view.at("DockerId").get<std::string>().substr(0, 12), told.substr(end));
        EXPECT_EQ(view.at("KnownStatus"), "RUNNING");
    }
};

} // namespace integration
