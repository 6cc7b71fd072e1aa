#include "agent/image/registry_name.hpp"

#include "agent/image/login.hpp"
#include "base/base64.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace agent::image {
namespace {

TEST(RegistryOf, IsTheHostOfTheReferenceOrDockerHub) {
    for (const auto* reference : {"nginx", "nginx:1", "library/nginx", "team/app:1@sha256:00",
                                  "docker.io/nginx", "index.docker.io/library/nginx"})
        EXPECT_EQ(registry_of(reference), "docker.io") << reference;
    EXPECT_EQ(registry_of("localhost/app"), "localhost");
    EXPECT_EQ(registry_of("localhost:5000/app:1"), "localhost:5000");
    EXPECT_EQ(registry_of("registry.example/a/b/c"), "registry.example");
    EXPECT_EQ(registry_of("Registry.Example:443/a"), "registry.example:443");
    EXPECT_EQ(registry_of("REGISTRY/a"), "registry");
    EXPECT_EQ(registry_of(""), "docker.io");
}

TEST(RecordedRepository, IsTheNameWithItsRegistryAndWithoutPortTagAndDigest) {
    struct Case {
        const char* reference;
        const char* recorded;
    };
    for (const auto& [reference, recorded] : {
             Case{"busybox", "docker.io/library/busybox"},
             {"busybox:1", "docker.io/library/busybox"},
             {"docker.io/busybox", "docker.io/library/busybox"},
             {"index.docker.io/library/busybox:1", "docker.io/library/busybox"},
             {"team/app:1@sha256:00", "docker.io/team/app"},
             {"team/group/app", "docker.io/team/group/app"},
             {"localhost/app", "localhost/app"},
             {"localhost:5000/app", "localhost/app"},
             {"localhost:5000/team/app:1", "localhost/team/app"},
             {"registry.example:443/a/b/c:v1", "registry.example/a/b/c"},
             {"Registry.Example/a@sha256:00", "registry.example/a"},
             {"registry:5000/app:1", "docker.io/registry/app"},
         })
        EXPECT_EQ(recorded_repository(reference), recorded) << reference;
}

TEST(WrittenOut, IsTheSameForAllThatMeanOneImage) {
    for (const auto* reference : {"app", "app:latest", "library/app",
                                  "docker.io/library/app:latest", "index.docker.io/library/app"})
        EXPECT_EQ(written_out(reference), "docker.io/library/app:latest") << reference;
    EXPECT_EQ(written_out("localhost:5000/team/app"), "localhost:5000/team/app:latest");
    EXPECT_EQ(written_out("r/app@sha256:00"), "docker.io/r/app@sha256:00");
    EXPECT_EQ(written_out("sha256:00"), "sha256:00");
}

TEST(RegistryOfKey, KnowsAddressesAndNames) {
    for (const auto* key : {"https://index.docker.io/v1/", "index.docker.io", "docker.io",
                            "https://registry-1.docker.io/v2/", "http://docker.io"})
        EXPECT_EQ(registry_of_key(key), "docker.io") << key;
    for (const auto* key : {"registry.example:5000", "https://registry.example:5000",
                            "https://registry.example:5000/v2/", "registry.example:5000/v1/"})
        EXPECT_EQ(registry_of_key(key), "registry.example:5000") << key;
    EXPECT_NE(registry_of_key("registry.example"), "registry.example:5000");
}

TEST(FindByRegistry, PrefersTheVeryName) {
    const std::map<std::string, int> values{{"http://registry.example/v1/", 1},
                                            {"registry.example", 2},
                                            {"docker.io", 3},
                                            {"https://index.docker.io/v1/", 4},
                                            {"https://only.example/", 5}};
    EXPECT_EQ(*find_by_registry(values, "registry.example"), 2);
    EXPECT_EQ(*find_by_registry(values, "docker.io"), 4);
    EXPECT_EQ(*find_by_registry(values, "only.example"), 5);
    EXPECT_EQ(find_by_registry(values, "only.example:5000"), nullptr);
}

TEST(AuthHeader, HoldsUserAndPasswordOrTheToken) {
    const auto decoded = [](const Login& login, const char* registry) {
        return nlohmann::json::parse(*base::decode_base64(auth_header(login, registry)));
    };
    EXPECT_EQ(decoded({"u", "p\xff?>", {}}, "r:5000"),
              nlohmann::json::parse(
                  R"({"username":"u","password":"p\ufffd?>","serveraddress":"r:5000"})"));
    EXPECT_EQ(decoded({"u", "p", "t"}, "docker.io"),
              nlohmann::json::parse(
                  R"({"identitytoken":"t","serveraddress":"https://index.docker.io/v1/"})"));
}

} // namespace
} // namespace agent::image
