#pragma once
// A task of two containers, and what is known when the first is created: for the tests of what is
// sent to Docker.

#include "agent/containers/create_document.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace agent::containers {

struct Example {
    using Json = nlohmann::ordered_json;

    Example() {
        definition.family = "shop";
        definition.containers.resize(2);
        auto& web = definition.containers[0];
        web.name = "web";
        web.image = "nginx:1";
        definition.containers[1].name = "cache";
        task.id = "0123456789abcdef";
        task.containers.resize(2);
        task.containers[0].name = "web";
        task.containers[0].docker_name = "ecs-shop-1-web-00";
        task.containers[0].endpoint_id = "the-id";
        task.containers[0].labels = {{"a", "b"}};
        task.containers[1].name = "cache";
        task.containers[1].docker_name = "ecs-shop-1-cache-00";
        facts.region = "eu-west-1";
    }

    definition::ContainerDefinition& web() { return definition.containers[0]; }
    definition::ContainerDefinition& cache() { return definition.containers[1]; }

    std::string text() const {
        return create_document(definition, definition.containers[0], task, task.containers[0],
                               facts);
    }
    Json document() const { return Json::parse(text()); }
    /// A field; null when it is not sent.
    Json field(const std::string& name) const { return document().value(name, Json()); }
    Json host(const std::string& name) const {
        return document().at("HostConfig").value(name, Json());
    }
    /// The value of a variable; nothing when it is not set, and a failure when it is set twice.
    std::optional<std::string> variable(const std::string& name) const {
        std::optional<std::string> value;
        const auto all = document();
        for (const auto& entry : all.at("Env")) {
            const auto text = entry.get<std::string>();
            if (!text.starts_with(name + '='))
                continue;
            EXPECT_FALSE(value) << name << " is there twice";
            value = text.substr(name.size() + 1);
        }
        return value;
    }

    definition::TaskDefinition definition;
    model::Task task;
    CreateFacts facts;
};

inline definition::PortMapping
port_mapping(std::uint16_t container_port, std::uint16_t host_port,
             definition::Protocol protocol = definition::Protocol::tcp) {
    definition::PortMapping mapping;
    mapping.container_port = container_port;
    mapping.last_container_port = container_port;
    mapping.host_port = host_port;
    mapping.protocol = protocol;
    return mapping;
}

inline definition::PortMapping
port_range(std::uint16_t first, std::uint16_t last,
           definition::Protocol protocol = definition::Protocol::tcp) {
    auto mapping = port_mapping(first, 0, protocol);
    mapping.last_container_port = last;
    return mapping;
}

} // namespace agent::containers
