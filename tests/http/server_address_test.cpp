#include "agent/http/server_address.hpp"

#include <gtest/gtest.h>

namespace agent::http {

namespace {

std::string parsed(std::string_view text) {
    const auto endpoint = parse_url(text);
    return endpoint ? endpoint->to_string() : endpoint.error().what();
}

} // namespace

TEST(Url, NamesSchemeHostAndPort) {
    EXPECT_EQ(parsed("http://127.0.0.1:4566"), "http://127.0.0.1:4566");
    EXPECT_EQ(parsed("https://sts.eu-west-1.amazonaws.com"), "https://sts.eu-west-1.amazonaws.com");
    EXPECT_EQ(parsed("https://sts.example/"), "https://sts.example");
    EXPECT_EQ(parsed("http://[::1]:80"), "http://[::1]:80");
    EXPECT_TRUE(parse_url("https://h")->tls);
    EXPECT_FALSE(parse_url("http://h")->tls);
}

TEST(Url, HasNothingElse) {
    for (const auto* text :
         {"", "host", "host:80", "ftp://host", "http://", "http:///x", "http://host/path",
          "http://user@host", "http://user:key@host", "http://host?x=1", "http://host#x",
          "http://host:0", "http://host:99999", "http://ho st", "unix:///var/run/x"}) {
        const auto endpoint = parse_url(text);
        ASSERT_FALSE(endpoint) << text;
        EXPECT_EQ(endpoint.error().code(), base::Errc::invalid_argument) << text;
    }
}

} // namespace agent::http
