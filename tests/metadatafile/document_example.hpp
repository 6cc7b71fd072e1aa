#pragma once
// A task with one container, before and after it was started, and its document.

#include "base/json.hpp"
#include "metadatafile/document.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <utility>

namespace metadatafile {

using Json = nlohmann::ordered_json;

inline const base::Time written_at = *base::parse_rfc3339("2017-02-14T19:28:43.9Z"); // 1487100523

inline model::Instance instance() {
    model::Instance host;
    host.scope = {"us-west-2", "123456789012", "test"};
    host.container_instance_arn =
        "arn:aws:ecs:us-west-2:123456789012:container-instance/test/732d1a0b";
    return host;
}

inline model::NetworkAttachment network(std::string name, std::string ipv4, std::string gateway) {
    model::NetworkAttachment attachment;
    attachment.name = std::move(name);
    attachment.ipv4 = std::move(ipv4);
    attachment.ipv4_gateway = std::move(gateway);
    return attachment;
}

inline model::Container web() {
    model::Container container;
    container.name = "web";
    container.image = "nginx:latest";
    return container;
}

inline model::Task task(const model::Container& container) {
    model::Task task;
    task.arn = "arn:aws:ecs:us-west-2:123456789012:task/test/0123456789abcdef0123456789abcdef";
    task.id = "0123456789abcdef0123456789abcdef";
    task.cluster = "test";
    task.family = "shop";
    task.revision = "3";
    task.availability_zone = "us-west-2a";
    task.containers = {container};
    return task;
}

inline model::Container started_web() {
    auto container = web();
    container.docker_id = "ef3dabed9bef087ed147024a221d2d3a822e85d53c0ca4024d3d78e7913eeb64";
    container.docker_name = "ecs-shop-3-web-aabb";
    container.image_id = "sha256:04bbc221d46d3e5eb86c046f22878a8053247ce9b1e6b0a24495b171f9d20025";
    container.known = model::ContainerStatus::running;
    container.network_mode = "bridge";
    container.networks_known = true;
    container.networks = {network("bridge", "172.17.0.2", "172.17.0.1")};
    container.publishes_ports = true;
    container.ports = {{80, 32768, "tcp", "0.0.0.0"}, {80, 32768, "tcp", "::"}};
    return container;
}

inline std::string text_of(const model::Container& container) {
    return render(task(container), container, instance(), written_at);
}

inline Json parsed(const std::string& text) {
    auto document = base::parse_json(text);
    EXPECT_TRUE(document);
    return document ? *document : Json();
}

} // namespace metadatafile
