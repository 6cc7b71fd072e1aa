#include "tests/conformance/client_task.hpp"

#include <stdexcept>

namespace conformance {

using namespace integration;
using std::chrono::seconds;

namespace {

constexpr auto image_limit = seconds(120);
constexpr auto client_limit = seconds(20);

/// The image, for the life of the program. A failure is kept: a registry that does not answer is
/// not asked again for each test.
class ClientsImage {
public:
    ClientsImage() {
        try {
            must({MAKE_IMAGE, CLIENTS_FOLDER, clients_image}, image_limit);
        } catch (const std::exception& error) {
            problem_ = error.what();
        }
    }
    ~ClientsImage() {
        try {
            integration::run({"docker", "image", "rm", "--force", clients_image});
        } catch (const std::exception&) {
            // The next run replaces it.
        }
    }
    ClientsImage(const ClientsImage&) = delete;
    ClientsImage& operator=(const ClientsImage&) = delete;

    void require() const {
        if (!problem_.empty())
            throw std::runtime_error("there is no image of the clients: " + problem_);
    }

private:
    std::string problem_;
};

/// The first line of a container's output that is JSON; null where there is none yet.
Json line_of_json(const std::string& container) {
    for (const auto& line : lines_of(docker({"logs", container})))
        if (line.starts_with('{'))
            return Json::parse(line, nullptr, false);
    return {};
}

} // namespace

void ClientTask::SetUp() {
    static const ClientsImage image;
    image.require();
    TaskTest::SetUp();
    agent_->start();
}

Client ClientTask::run(const std::string& command, Json more) {
    // A client is looked at after it has ended, so it must not be the container's end.
    more.update(Json{{"name", "app"},
                     {"image", clients_image},
                     {"memory", 256},
                     {"command", {"sh", "-c", command + "; " + runs_until_told()}}});
    const Json definition{{"family", "shop"},
                          {"networkMode", GetParam()},
                          {"containerDefinitions", Json::array({more})}};
    agent_->put_task("shop.json", definition.dump());
    Client client;
    // Docker lists a container before it has one to ask about; what v4 shows is there.
    client.id = running("shop");
    const bool wrote = eventually(client_limit, [&] {
        client.found = line_of_json(client.id);
        return client.found.is_object();
    });
    if (!wrote)
        throw std::runtime_error(command + " has written no JSON: " +
                                 integration::run({"docker", "logs", client.id}).err);
    client.inspected = inspect(client.id);
    return client;
}

Json ClientTask::network_owner(const Client& client) {
    return is_awsvpc() ? inspect(container_of("shop", "~internal~ecs~pause")) : client.inspected;
}

std::string label_of(const Client& client, const std::string& name) {
    return client.inspected.at("Config").at("Labels").at(name);
}

} // namespace conformance
