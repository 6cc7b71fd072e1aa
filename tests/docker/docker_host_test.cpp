#include "agent/docker/docker_host.hpp"

#include <gtest/gtest.h>

namespace agent::docker {

namespace {

std::string parsed(std::string_view text) {
    const auto endpoint = parse_docker_host(text);
    return endpoint ? endpoint->to_string() : endpoint.error().what();
}

} // namespace

TEST(DockerHost, IsTheUsualSocketWhenNothingIsSaid) {
    EXPECT_EQ(parsed(""), "unix:///var/run/docker.sock");
}

TEST(DockerHost, ReadsUnixSocketsAndTcp) {
    EXPECT_EQ(parsed("unix:///run/user/1000/docker.sock"), "unix:///run/user/1000/docker.sock");
    EXPECT_EQ(parsed("tcp://127.0.0.1:2376"), "http://127.0.0.1:2376");
    EXPECT_EQ(parsed("tcp://localhost"), "http://localhost:2375");
    EXPECT_EQ(parsed("http://engine:80/"), "http://engine:80");
    EXPECT_EQ(parsed("tcp://[::1]:2375"), "http://[::1]:2375");
    EXPECT_EQ(parsed("tcp://[::1]"), "http://[::1]:2375");
}

TEST(DockerHost, RefusesOtherSchemesByName) {
    for (const auto* text :
         {"ssh://host", "npipe:////./pipe/docker_engine", "fd://", "https://h:1"}) {
        const auto endpoint = parse_docker_host(text);
        ASSERT_FALSE(endpoint) << text;
        EXPECT_EQ(endpoint.error().code(), base::Errc::unsupported) << text;
        EXPECT_NE(endpoint.error().what().find(text), std::string::npos);
    }
}

TEST(DockerHost, RefusesMalformedText) {
    const std::string too_long = "unix:///" + std::string(200, 'x');
    for (const std::string& text :
         {std::string("/var/run/docker.sock"), std::string("unix://docker.sock"),
          std::string("tcp://"), std::string("tcp://host:0"), std::string("tcp://host:65536"),
          std::string("tcp://host:http"), std::string("tcp://host:1/path"),
          std::string("tcp://user@host:1"), std::string("gopher://host"), too_long}) {
        const auto endpoint = parse_docker_host(text);
        ASSERT_FALSE(endpoint) << text;
        EXPECT_EQ(endpoint.error().code(), base::Errc::invalid_argument) << text;
    }
}

} // namespace agent::docker
