// Volumes, and where containers have them.

#include "tests/integration/definition_fields.hpp"

namespace integration {

namespace {

const std::string docker_volume = "volumes[].dockerVolumeConfiguration";

Json volume(const std::string& name) {
    return Json::parse(docker({"volume", "inspect", name})).at(0);
}

/// The volume of Docker's that "app" has there.
Json volume_at(FieldBench& bench, const std::string& destination) {
    return volume(bench.mount("app", destination).at("Name"));
}

const FieldTrial volumes({"volumes", "volumes[].name"}, [](FieldBench& bench) {
    EXPECT_EQ(bench.kept("many.json").at("volumes").size(), 4U);
    EXPECT_EQ(bench.mount("app", "/shared").at("Name"), "ecs-int-shared");
    EXPECT_TRUE(eventually(std::chrono::seconds(5), [&] {
        const auto shown = bench.answer("app");
        return shown.contains("Volumes") && shown.at("Volumes").size() >= 4;
    }));
});

const FieldTrial host({"volumes[].host", "volumes[].host.sourcePath"}, [](FieldBench& bench) {
    const auto source = bench.agent().directory() + "/pages";
    EXPECT_EQ(bench.mount("app", "/pages").at("Type"), "bind");
    EXPECT_EQ(bench.mount("app", "/pages").at("Source"), source);
    EXPECT_EQ(bench.inside("app", "cat /pages/index.html"), "hello");
    // An empty one: Docker's, and the task's own.
    EXPECT_EQ(bench.mount("app", "/plain").at("Type"), "volume");
    EXPECT_EQ(volume_at(bench, "/plain").at("Labels").at("ecs-node-agent"), "volume");
});

const FieldTrial scope({docker_volume, docker_volume + ".scope"}, [](FieldBench& bench) {
    EXPECT_NE(bench.mount("app", "/sized").at("Name"), "sized");
    EXPECT_EQ(volume_at(bench, "/sized").at("Labels").at("ecs-node-agent"), "volume");
    EXPECT_FALSE(volume("ecs-int-shared").at("Labels").contains("ecs-node-agent"));
});

const FieldTrial autoprovision({docker_volume + ".autoprovision"}, [](FieldBench& bench) {
    bench.inside("app", "echo kept >/shared/file");
    EXPECT_EQ(
        shell("cat " + volume("ecs-int-shared").at("Mountpoint").get<std::string>() + "/file"),
        "kept");
});

const FieldTrial labels({docker_volume + ".labels"}, [](FieldBench& bench) {
    EXPECT_EQ(volume_at(bench, "/sized").at("Labels").at("team"), "blue");
    EXPECT_EQ(volume_at(bench, "/shared").at("Labels").at("team"), "red");
});

const FieldTrial driver_options({docker_volume + ".driverOpts"}, [](FieldBench& bench) {
    const Json options{{"device", "tmpfs"}, {"o", "size=3m"}, {"type", "tmpfs"}};
    EXPECT_EQ(nlohmann::json(volume_at(bench, "/sized").at("Options")), nlohmann::json(options));
    EXPECT_EQ(bench.inside("app", "df -m /sized | awk 'NR == 2 {print $1, $2}'"), "tmpfs 3");
});

/// No engine has another driver without a plugin: what is seen is that it looks for one.
const FieldTrial driver({docker_volume + ".driver"}, [](FieldBench& bench) {
    EXPECT_EQ(volume_at(bench, "/sized").at("Driver"), "local");
    EXPECT_TRUE(bench.agent().logs({"plugin", "ecs-int-nobody", "not found"}));
});

const FieldTrial
    mount_points(in_container({"mountPoints", "mountPoints[].sourceVolume",
                               "mountPoints[].containerPath", "mountPoints[].readOnly"}),
                 [](FieldBench& bench) {
                     const auto pages = bench.agent().directory() + "/pages:/pages:ro";
                     EXPECT_EQ(bench.host_config("app")["Binds"].at(0), pages);
                     EXPECT_EQ(bench.mount("app", "/pages").at("RW"), false);
                     EXPECT_EQ(bench.mount("app", "/plain").at("RW"), true);
                     const auto writing = try_in(bench.up("app"), ": >/pages/new");
                     EXPECT_NE(writing.err.find("Read-only file system"), std::string::npos)
                         << writing.err;
                     bench.inside("app", ": >/plain/new");
                 });

const FieldTrial volumes_from(
    in_container({"volumesFrom", "volumesFrom[].sourceContainer", "volumesFrom[].readOnly"}),
    [](FieldBench& bench) {
        const auto app = bench.looked_at("app")["Name"].get<std::string>().substr(1);
        EXPECT_EQ(bench.host_config("web")["VolumesFrom"], Json({app + ":ro"}));
        bench.inside("app", "echo there >/plain/file");
        EXPECT_EQ(bench.inside("web", "cat /plain/file"), "there");
        const auto writing = try_in(bench.up("web"), ": >/plain/other");
        EXPECT_NE(writing.err.find("Read-only file system"), std::string::npos) << writing.err;
    });

} // namespace

} // namespace integration
