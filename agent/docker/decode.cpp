#include "agent/docker/decode.hpp"

#include "agent/docker/json_reader.hpp"
#include "base/base64.hpp"

#include <algorithm>
#include <array>

namespace agent::docker {

namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr std::size_t longest_message = 2048;

void read_api_version(const JsonReader& field, ApiVersion& version) {
    const auto text = field.text();
    if (text.empty())
        return;
    if (auto parsed = parse_api_version(text))
        version = *parsed;
    else
        field.fail("an API version");
}

void read_network(const JsonReader& json, Network& network) {
    network.id = json["Id"].text();
    network.name = json["Name"].text();
    network.driver = json["Driver"].text();
    network.scope = json["Scope"].text();
    network.internal = json["Internal"].flag();
    network.enable_ipv6 = json["EnableIPv6"].flag();
    json["IPAM"]["Config"].each_item([&](const JsonReader& config) {
        network.ipam.push_back({config["Subnet"].text(), config["Gateway"].text()});
    });
    network.options = json["Options"].text_map();
    network.labels = json["Labels"].text_map();
}

void read_volume(const JsonReader& json, Volume& volume) {
    volume.name = json["Name"].text();
    if (volume.name.empty())
        json["Name"].fail("a name");
    volume.driver = json["Driver"].text();
    volume.mountpoint = json["Mountpoint"].text();
    volume.scope = json["Scope"].text();
    volume.labels = json["Labels"].text_map();
    volume.options = json["Options"].text_map();
}

void read_summary(const JsonReader& json, ContainerSummary& container) {
    container.id = json["Id"].text();
    container.names = json["Names"].texts();
    container.image = json["Image"].text();
    container.image_id = json["ImageID"].text();
    container.state = json["State"].text();
    container.labels = json["Labels"].text_map();
    container.created = json["Created"].number();
    container.network_mode = json["HostConfig"]["NetworkMode"].text();
}

/// `Identity` of API 1.53: signatures and builds are passed over.
void read_identity(const JsonReader& json, ImageInspect& image) {
    if (!json.present())
        return;
    auto& repositories = image.pulled_from.emplace();
    json["Pull"].each_item(
        [&](const JsonReader& pull) { repositories.push_back(pull["Repository"].text()); });
}

/// Pairs of text, as /info has them.
bool has_pair(const JsonReader& pairs, std::string_view key, std::string_view value) {
    bool found = false;
    pairs.each_item([&](const JsonReader& pair) {
        const auto texts = pair.texts();
        found = found || (texts.size() == 2 && texts[0] == key && texts[1] == value);
    });
    return found;
}

/// Docker's names, where Podman has its own.
void take_dockers_action(Event& event) {
    if (event.action == "remove" && (event.type == "container" || event.type == "network"))
        event.action = "destroy";
    else if (event.action == "died")
        event.action = "die";
}

/// What an id must look like before others build paths and keys of it.
void require_id(const JsonReader& field, const std::string& id) {
    if (id.empty())
        field.fail("an id");
}

} // namespace

Result<EngineVersion> decode_version(std::string_view json) {
    return decode_with<EngineVersion>(json, [](const JsonReader& top, EngineVersion& version) {
        version.engine = top["Version"].text();
        read_api_version(top["ApiVersion"], version.api_version);
        read_api_version(top["MinAPIVersion"], version.min_api_version);
        if (version.api_version == ApiVersion())
            top["ApiVersion"].fail("an API version");
    });
}

Result<EngineInfo> decode_info(std::string_view json) {
    return decode_with<EngineInfo>(json, [](const JsonReader& top, EngineInfo& info) {
        info.id = top["ID"].text();
        info.name = top["Name"].text();
        info.security_options = top["SecurityOptions"].texts();
        info.cgroup_driver = top["CgroupDriver"].text();
        info.cgroup_version = top["CgroupVersion"].text();
        info.root_dir = top["DockerRootDir"].text();
        info.runtimes = top["Runtimes"].keys();
        const bool containerd =
            has_pair(top["DriverStatus"], "driver-type", "io.containerd.snapshotter.v1");
        const bool podman = top["BuildahVersion"].present();
        info.every_image_has_digests = containerd || podman;
    });
}

Result<std::vector<ContainerSummary>> decode_container_list(std::string_view json) {
    using List = std::vector<ContainerSummary>;
    return decode_with<List>(json, [](const JsonReader& top, List& list) {
        top.each_item([&](const JsonReader& item) {
            read_summary(item, list.emplace_back());
            require_id(item["Id"], list.back().id);
        });
    });
}

Result<ImageInspect> decode_image(std::string_view json) {
    return decode_with<ImageInspect>(json, [](const JsonReader& top, ImageInspect& image) {
        image.id = top["Id"].text();
        require_id(top["Id"], image.id);
        image.repo_tags = top["RepoTags"].texts();
        image.repo_digests = top["RepoDigests"].texts();
        read_identity(top["Identity"], image);
        image.architecture = top["Architecture"].text();
        const auto config = top["Config"];
        image.labels = config["Labels"].text_map();
        image.env = config["Env"].texts();
        image.volumes = config["Volumes"].keys();
    });
}

Result<std::vector<std::string>> decode_image_names(std::string_view json) {
    using Names = std::vector<std::string>;
    return decode_with<Names>(json, [](const JsonReader& top, Names& names) {
        top.each_item([&](const JsonReader& item) {
            for (auto& tag : item["RepoTags"].texts())
                if (tag != "<none>:<none>")
                    names.push_back(std::move(tag));
        });
    });
}

Result<std::set<std::string>> decode_image_ids(std::string_view json) {
    using Ids = std::set<std::string>;
    return decode_with<Ids>(json, [](const JsonReader& top, Ids& ids) {
        top.each_item([&](const JsonReader& item) {
            auto id = item["Id"].text();
            require_id(item["Id"], id);
            ids.insert(std::move(id));
        });
    });
}

Result<std::vector<Network>> decode_network_list(std::string_view json) {
    using List = std::vector<Network>;
    return decode_with<List>(json, [](const JsonReader& top, List& list) {
        top.each_item([&](const JsonReader& item) {
            read_network(item, list.emplace_back());
            require_id(item["Id"], list.back().id);
        });
    });
}

Result<Network> decode_network(std::string_view json) {
    return decode_with<Network>(json, [](const JsonReader& top, Network& network) {
        read_network(top, network);
        require_id(top["Id"], network.id);
    });
}

Result<std::vector<Volume>> decode_volume_list(std::string_view json) {
    using List = std::vector<Volume>;
    return decode_with<List>(json, [](const JsonReader& top, List& list) {
        top["Volumes"].each_item(
            [&](const JsonReader& item) { read_volume(item, list.emplace_back()); });
    });
}

Result<Volume> decode_volume(std::string_view json) {
    return decode_with<Volume>(json, read_volume);
}

Result<Event> decode_event(std::string_view json) {
    return decode_with<Event>(json, [](const JsonReader& top, Event& event) {
        event.type = top["Type"].text();
        event.action = top["Action"].text();
        event.actor_id = top["Actor"]["ID"].text();
        event.attributes = top["Actor"]["Attributes"].text_map();
        event.time_nano = top["timeNano"].number();
        take_dockers_action(event);
        if (event.action.empty())
            top["Action"].fail("an action");
    });
}

Result<std::string> decode_created_id(std::string_view json) {
    return decode_with<std::string>(json, [](const JsonReader& top, std::string& id) {
        id = top["Id"].text();
        require_id(top["Id"], id);
    });
}

Result<PathStat> decode_path_stat(std::string_view header) {
    // Go's FileMode bits, as the engine sends them.
    constexpr std::int64_t mode_directory = std::int64_t{1} << 31;
    constexpr std::int64_t mode_symlink = std::int64_t{1} << 27;
    const auto json = base::decode_base64(header);
    if (!json)
        return Error(Errc::protocol, "the path stat header is not base64");
    return decode_with<PathStat>(*json, [](const JsonReader& top, PathStat& stat) {
        const auto mode = top["mode"].number();
        stat.is_directory = (mode & mode_directory) != 0;
        stat.is_symlink = (mode & mode_symlink) != 0;
        stat.link_target = top["linkTarget"].text();
    });
}

Result<ProgressLine> decode_progress(std::string_view json) {
    return decode_with<ProgressLine>(json, [](const JsonReader& top, ProgressLine& line) {
        line.id = top["id"].text();
        line.status = top["status"].text();
        line.current = top["progressDetail"]["current"].number();
        line.total = top["progressDetail"]["total"].number();
        line.error = top["errorDetail"]["message"].text();
        if (line.error.empty())
            line.error = top["error"].text();
        if (line.error.empty() && top["errorDetail"].present())
            line.error = "the engine gave no reason";
        line.error.resize(std::min(line.error.size(), longest_message));
    });
}

std::string decode_error_message(std::string_view body) {
    auto message = decode_with<std::string>(
        body, [](const JsonReader& top, std::string& text) { text = top["message"].text(); });
    std::string text = message && !message->empty() ? std::move(*message) : std::string(body);
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
        text.pop_back();
    text.resize(std::min(text.size(), longest_message));
    return text;
}

} // namespace agent::docker
