#pragma once
// Providers that ask STS, as the credentials file makes them, and a server that stands for it.

#include "provider_fixture.hpp"

#include "fakes/scripted_docker_server.hpp"

namespace agent::credentials {

class StsFixture : public ProviderFixture {
protected:
    StsFixture() { write_keys(R"({"AccessKeyId":"HOST","SecretAccessKey":"KEY"})"); }

    void write_keys(const std::string& json) { write_private(folder, "keys.json", json); }
    /// Those of a file that has these beside `host`, keys in a file. "STS" is the server's URL.
    Providers make(std::string yaml) {
        for (auto at = yaml.find("STS"); at != std::string::npos; at = yaml.find("STS"))
            yaml.replace(at, 3, '"' + sts.url() + '"');
        const auto configuration = parse_configuration(
            "providers:\n  host: {type: static, file: " + folder.path("keys.json") + "}\n" + yaml);
        EXPECT_TRUE(configuration) << configuration.error().what();
        auto providers = make_providers(*configuration, services());
        EXPECT_TRUE(providers) << providers.error().what();
        return std::move(*providers);
    }
    std::string id_of(const ProviderPtr& provider) {
        const auto keys = fetch(provider);
        EXPECT_TRUE(keys) << keys.error().what();
        return keys ? std::string(keys->access_key_id.view()) : std::string();
    }

    fakes::ScriptedDockerServer sts{fakes::ScriptedDockerServer::Door::tcp};
};

} // namespace agent::credentials
