#include "agent/docker/decode.hpp"

#include <gtest/gtest.h>

namespace agent::docker {

TEST(DecodeVersion, ReadsBothEndsOfTheRange) {
    const auto version = decode_version(
        R"({"Version":"29.0.1","ApiVersion":"1.52","MinAPIVersion":"1.44","Os":"linux"})");
    ASSERT_TRUE(version);
    EXPECT_EQ(version->engine, "29.0.1");
    EXPECT_EQ(version->api_version, (ApiVersion{1, 52}));
    EXPECT_EQ(version->min_api_version, (ApiVersion{1, 44}));
}

TEST(DecodeVersion, NeedsAVersionThatIsOne) {
    EXPECT_TRUE(decode_version(R"({"ApiVersion":"1.24"})"));
    EXPECT_FALSE(decode_version(R"({"Version":"1"})"));
    EXPECT_FALSE(decode_version(R"({"ApiVersion":"latest"})"));
    EXPECT_FALSE(decode_version(R"({"ApiVersion":"1.-2"})"));
    EXPECT_FALSE(decode_version(R"({"ApiVersion":1.41})"));
    EXPECT_FALSE(decode_version("OK"));
}

TEST(DecodeInfo, FindsSelinuxInBothSpellings) {
    const auto with = [](std::string_view options) {
        const auto info = decode_info(
            std::string(R"({"ID":"i","Name":"host","DockerRootDir":"/var/lib/docker",)") +
            R"("CgroupDriver":"cgroupfs","CgroupVersion":"1","SecurityOptions":)" +
            std::string(options) + "}");
        EXPECT_TRUE(info);
        EXPECT_EQ(info->root_dir, "/var/lib/docker");
        return info->selinux();
    };
    EXPECT_TRUE(with(R"(["seccomp","selinux"])"));
    EXPECT_TRUE(with(R"(["name=seccomp,profile=default","name=selinux"])"));
    EXPECT_TRUE(with(R"(["name=selinux,profile=x"])"));
    EXPECT_FALSE(with(R"(["name=apparmor","name=selinuxish"])"));
    EXPECT_FALSE(with("null"));
}

TEST(DecodeInfo, ListsTheRuntimes) {
    const auto info =
        decode_info(R"({"Runtimes":{"runc":{"path":"runc"},"nvidia":{"path":"/n"}}})");
    ASSERT_TRUE(info);
    EXPECT_EQ(info->runtimes, (std::vector<std::string>{"nvidia", "runc"}));
    EXPECT_TRUE(decode_info("{}")->runtimes.empty());
}

TEST(DecodeInfo, TellsEnginesWhoseImagesAllHaveDigests) {
    const auto all_have = [](const std::string& fields) {
        const auto info = decode_info("{" + fields + "}");
        EXPECT_TRUE(info) << info.error().what();
        return info && info->every_image_has_digests;
    };
    EXPECT_FALSE(all_have(R"("Driver":"overlay2","DriverStatus":[["Backing Filesystem","extfs"],)"
                          R"(["Supports d_type","true"]])"));
    EXPECT_TRUE(all_have(R"("Driver":"overlayfs","DriverStatus":[["driver-type",)"
                         R"("io.containerd.snapshotter.v1"]])"))
        << "containerd's image store";
    EXPECT_TRUE(all_have(R"("Driver":"overlay","DriverStatus":[["Native Overlay Diff","true"]],)"
                         R"("BuildahVersion":"1.28.2","CgroupVersion":"1","Rootless":false)"))
        << "Podman";
    EXPECT_FALSE(all_have(R"("DriverStatus":null)"));
    EXPECT_FALSE(all_have(""));
}

TEST(DecodeContainerList, ReadsSummaries) {
    const auto list = decode_container_list(R"([{"Id":"a","Names":["/web","/db/web"],"Image":"app",
      "ImageID":"sha256:1","Created":1714557600,"State":"running","Status":"Up 3 seconds",
      "Labels":{"k":"v"},"HostConfig":{"NetworkMode":"bridge"}},{"Id":"b","Labels":null}])");
    ASSERT_TRUE(list) << list.error().what();
    ASSERT_EQ(list->size(), 2U);
    EXPECT_EQ(list->front().names, (std::vector<std::string>{"/web", "/db/web"}));
    EXPECT_EQ(list->front().state, "running");
    EXPECT_EQ(list->front().created, 1714557600);
    EXPECT_EQ(list->front().labels.at("k"), "v");
    EXPECT_EQ(list->front().network_mode, "bridge");
    EXPECT_EQ(list->back().id, "b");
}

TEST(DecodeContainerList, RefusesAnObjectAndAnEntryWithoutId) {
    EXPECT_FALSE(decode_container_list("{}"));
    const auto list = decode_container_list(R"([{"Id":"a"},{"Image":"x"}])");
    ASSERT_FALSE(list);
    EXPECT_EQ(list.error().what(), "expected an id at /1/Id");
}

TEST(DecodeImage, ReadsWhatTheImageDeclares) {
    const auto image = decode_image(R"({"Id":"sha256:1","RepoTags":["app:1"],
      "RepoDigests":["app@sha256:2"],"Architecture":"amd64",
      "Config":{"Labels":{"k":"v"},"Env":["PATH=/bin"],"Volumes":{"/data":{}}}})");
    ASSERT_TRUE(image);
    EXPECT_EQ(image->repo_tags, std::vector<std::string>{"app:1"});
    EXPECT_EQ(image->repo_digests, std::vector<std::string>{"app@sha256:2"});
    EXPECT_EQ(image->architecture, "amd64");
    EXPECT_EQ(image->labels.at("k"), "v");
    EXPECT_EQ(image->env, std::vector<std::string>{"PATH=/bin"});
    EXPECT_EQ(image->volumes, std::vector<std::string>{"/data"});
}

TEST(DecodeImage, ReadsWhereItWasPulledFrom) {
    using Repositories = std::vector<std::string>;
    const auto pulled_from = [](const std::string& fields) {
        const auto image = decode_image(R"({"Id":"sha256:1")" + fields + "}");
        EXPECT_TRUE(image) << image.error().what();
        return image ? image->pulled_from : std::nullopt;
    };
    EXPECT_EQ(pulled_from(""), std::nullopt);
    EXPECT_EQ(pulled_from(R"(,"Identity":{"Pull":[{"Repository":"docker.io/library/busybox"},)"
                          R"({"Repository":"localhost/app"}]})"),
              (Repositories{"docker.io/library/busybox", "localhost/app"}));
    EXPECT_EQ(
        pulled_from(R"(,"Identity":{"Build":[{"Ref":"x","CreatedAt":"2026-01-02T03:04:05Z"}],)"
                    R"("Signature":null})"),
        Repositories());
}

TEST(DecodeImageNames, ReadsTheTagsOfAll) {
    const auto names = decode_image_names(R"([{"Id":"sha256:1","RepoTags":["a:1","b:2"]},
        {"Id":"sha256:2","RepoTags":null},{"Id":"sha256:3","RepoTags":["<none>:<none>"]}])");
    ASSERT_TRUE(names) << names.error().what();
    EXPECT_EQ(*names, (std::vector<std::string>{"a:1", "b:2"}));
}

TEST(DecodeEvent, HasDockersNamesOfWhatPodmanNamesOtherwise) {
    const auto action = [](const std::string& type, const std::string& name) {
        const auto event = decode_event(R"({"Type":")" + type + R"(","Action":")" + name + R"("})");
        EXPECT_TRUE(event) << event.error().what();
        return event ? event->action : std::string();
    };
    EXPECT_EQ(action("container", "remove"), "destroy");
    EXPECT_EQ(action("network", "remove"), "destroy");
    EXPECT_EQ(action("container", "died"), "die");
    EXPECT_EQ(action("image", "remove"), "remove");
}

TEST(DecodeVolume, ReadsOneAndAListOfThem) {
    const auto volume = decode_volume(R"({"CreatedAt":"2026-01-02T03:04:05Z","Driver":"local",
      "Labels":{"k":"v"},"Mountpoint":"/data/_data","Name":"logs","Options":{"type":"tmpfs"},
      "Scope":"local","Status":{"inner":{"deep":1}}})");
    ASSERT_TRUE(volume) << volume.error().what();
    EXPECT_EQ(volume->name, "logs");
    EXPECT_EQ(volume->driver, "local");
    EXPECT_EQ(volume->mountpoint, "/data/_data");
    EXPECT_EQ(volume->scope, "local");
    EXPECT_EQ(volume->labels, (StringMap{{"k", "v"}}));
    EXPECT_EQ(volume->options, (StringMap{{"type", "tmpfs"}}));
    const auto list = decode_volume_list(
        R"({"Volumes":[{"Name":"a","Labels":null,"Options":null},{"Name":"b"}],"Warnings":null})");
    ASSERT_TRUE(list) << list.error().what();
    ASSERT_EQ(list->size(), 2U);
    EXPECT_EQ(list->back().name, "b");
    EXPECT_TRUE(decode_volume_list(R"({"Volumes":null})")->empty());
    EXPECT_EQ(decode_volume_list(R"({"Volumes":[{"Name":""}]})").error().what(),
              "expected a name at /Volumes/0/Name");
}

TEST(DecodeNetwork, ReadsAddressesAndOptions) {
    const auto network = decode_network(R"({"Name":"bridge","Id":"n","Scope":"local",
      "Driver":"bridge","EnableIPv6":true,"Internal":true,"IPAM":{"Driver":"default","Options":null,
      "Config":[{"Subnet":"172.17.0.0/16","Gateway":"172.17.0.1"},{"Subnet":"fd00::/64"}]},
      "Options":{"com.docker.network.bridge.name":"docker0"},"Labels":{}})");
    ASSERT_TRUE(network);
    EXPECT_TRUE(network->internal);
    EXPECT_TRUE(network->enable_ipv6);
    ASSERT_EQ(network->ipam.size(), 2U);
    EXPECT_EQ(network->ipam[0].gateway, "172.17.0.1");
    EXPECT_EQ(network->ipam[1].subnet, "fd00::/64");
    EXPECT_EQ(network->options.at("com.docker.network.bridge.name"), "docker0");
    EXPECT_TRUE(decode_network(R"({"Id":"n","IPAM":{"Config":null}})"));
    EXPECT_TRUE(decode_network_list("[]"));
}

TEST(DecodeEvent, NeedsNeitherStatusNorId) {
    const auto event = decode_event(R"({"Type":"container","Action":"die","Actor":{"ID":"c",
      "Attributes":{"exitCode":"137","name":"web"}},"scope":"local","time":1,
      "timeNano":1714557600123456789})");
    ASSERT_TRUE(event);
    EXPECT_EQ(event->type, "container");
    EXPECT_EQ(event->action, "die");
    EXPECT_EQ(event->actor_id, "c");
    EXPECT_EQ(event->attributes.at("exitCode"), "137");
    EXPECT_EQ(event->time_nano, 1714557600123456789);
    EXPECT_FALSE(decode_event(R"({"status":"die","id":"c"})"));
}

TEST(DecodePathStat, ReadsGoFileModes) {
    // {"name":"ecs","size":0,"mode":2147484141,"mtime":"2024-01-01T00:00:00Z","linkTarget":""}
    const auto directory = decode_path_stat(
        "eyJuYW1lIjoiZWNzIiwic2l6ZSI6MCwibW9kZSI6MjE0NzQ4NDE0MSwibXRpbWUiOiIyMDI0LTAx"
        "LTAxVDAwOjAwOjAwWiIsImxpbmtUYXJnZXQiOiIifQ==");
    ASSERT_TRUE(directory) << directory.error().what();
    EXPECT_TRUE(directory->is_directory);
    EXPECT_FALSE(directory->is_symlink);
    // {"name":"ecs","mode":134218239,"linkTarget":"/x"}
    const auto link =
        decode_path_stat("eyJuYW1lIjoiZWNzIiwibW9kZSI6MTM0MjE4MjM5LCJsaW5rVGFyZ2V0IjoiL3gifQ==");
    ASSERT_TRUE(link);
    EXPECT_TRUE(link->is_symlink);
    EXPECT_FALSE(link->is_directory);
    EXPECT_EQ(link->link_target, "/x");
    EXPECT_FALSE(decode_path_stat("%%%"));
    EXPECT_FALSE(decode_path_stat(""));
}

TEST(DecodeProgress, FindsTheErrorInsideTheStream) {
    const auto line = decode_progress(R"({"status":"Downloading","id":"a1","progress":"[=>]",)"
                                      R"("progressDetail":{"current":5,"total":9}})");
    EXPECT_EQ(line->id, "a1");
    EXPECT_EQ(line->status, "Downloading");
    EXPECT_EQ(line->current, 5);
    EXPECT_EQ(line->total, 9);
    EXPECT_EQ(decode_progress(R"({"status":"Waiting","id":"a1","progressDetail":{}})")->total, 0);
    EXPECT_EQ(
        decode_progress(R"({"errorDetail":{"message":"no space"},"error":"no space"})")->error,
        "no space");
    EXPECT_EQ(decode_progress(R"({"error":"old style"})")->error, "old style");
    EXPECT_FALSE(decode_progress(R"({"errorDetail":{}})")->error.empty());
    EXPECT_TRUE(decode_progress(R"({"status":"Pull complete"})")->error.empty());
}

TEST(DecodeErrorMessage, TakesDockersMessageElseTheText) {
    EXPECT_EQ(decode_error_message(R"({"message":"No such container: x"})"),
              "No such container: x");
    EXPECT_EQ(decode_error_message("404 page not found\r\n"), "404 page not found");
    EXPECT_EQ(decode_error_message(""), "");
    EXPECT_EQ(decode_error_message(std::string(5000, 'x')).size(), 2048U);
}

} // namespace agent::docker
