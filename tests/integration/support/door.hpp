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
};

} // namespace integration
