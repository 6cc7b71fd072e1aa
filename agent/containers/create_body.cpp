#include "agent/containers/create_body.hpp"

#include "agent/containers/body_edits.hpp"
#include "metadatafile/paths.hpp"

#include <algorithm>
#include <array>

namespace agent::containers {

using base::Result;

namespace {

/// All fields of a body, but for those of HostConfig, which engines before 23 took at the top as well
/// where there was no HostConfig.
constexpr std::array<std::string_view, 27> top_fields{"Hostname",
                                                      "Domainname",
                                                      "User",
                                                      "AttachStdin",
                                                      "AttachStdout",
                                                      "AttachStderr",
                                                      "ExposedPorts",
                                                      "Tty",
                                                      "OpenStdin",
                                                      "StdinOnce",
                                                      "Env",
                                                      "Cmd",
                                                      "Healthcheck",
                                                      "ArgsEscaped",
                                                      "Image",
                                                      "Volumes",
                                                      "WorkingDir",
                                                      "Entrypoint",
                                                      "OnBuild",
                                                      "NetworkDisabled",
                                                      "MacAddress",
                                                      "Labels",
                                                      "StopSignal",
                                                      "StopTimeout",
                                                      "Shell",
                                                      "HostConfig",
                                                      "NetworkingConfig"};

/// Whether a HostConfig can be added without taking the place of one that is written at the top.
bool may_have_host_config(const GoStruct& body) {
    return std::ranges::all_of(body.keys(), [](const std::string& key) {
        return std::ranges::any_of(top_fields,
                                   [&](std::string_view field) { return is_go_key(key, field); });
    });
}

/// "source:target[:options]", or only a target.
Mount read_bind(std::string_view bind) {
    const auto colon = bind.find(':');
    if (colon == std::string_view::npos)
        return {"volume", "", std::string(bind), "", false};
    const auto source = bind.substr(0, colon);
    const auto rest = bind.substr(colon + 1);
    return {source.starts_with('/') ? "bind" : "volume", std::string(source),
            std::string(rest.substr(0, rest.find(':'))), "", false};
}

Result<std::vector<Mount>> read_all_mounts(const GoStruct& body, const GoStruct& host) {
    std::vector<Mount> mounts;
    TRY(const auto binds, host.texts("Binds"));
    for (const auto& bind : binds)
        mounts.push_back(read_bind(bind));
    TRY(read_mounts(host, mounts));
    TRY(const auto tmpfs, host.pointer("Tmpfs"));
    for (const auto& target : tmpfs.keys())
        mounts.push_back({"tmpfs", "", target, "", false});
    TRY(const auto volumes, body.pointer("Volumes"));
    for (const auto& target : volumes.keys())
        mounts.push_back({"volume", "", target, "", false});
    return mounts;
}

Result<std::vector<std::string>> read_networks(const GoStruct& body, const GoStruct& host) {
    TRY(auto mode, host.text("NetworkMode"));
    if (mode.empty() || mode == "default")
        mode = "bridge";
    std::vector<std::string> networks{std::move(mode)};
    TRY(const auto networking, body.pointer("NetworkingConfig"));
    TRY(const auto endpoints, networking.pointer("EndpointsConfig"));
    for (auto& name : endpoints.keys())
        if (name != networks.front())
            networks.push_back(std::move(name));
    return networks;
}

/// A bind of ours that another container has left is replaced where it stands.
Result<> edit_binds(const GoStruct& body, const Mount& mount, JsonEdits& edits) {
    TRY(const auto bind, metadatafile::bind(mount.source, mount.target, mount.selinux));
    TRY(const auto host, body.pointer("HostConfig"));
    if (!host.present()) {
        const auto value = "{\"Binds\":[" + json_text(bind) + "]}";
        if (const auto* nothing = body.last("HostConfig"))
            edits.replace(*nothing, value);
        else
            edits.append(body.last_object(), "\"HostConfig\":" + value);
        return {};
    }
    TRY(const bool replaced, edit_mounts(host, mount, false, edits));
    if (replaced)
        return {};
    TRY(const auto present, host.texts("Binds"));
    TRY(const auto* list, host.list("Binds"));
    for (std::size_t i = 0; i < present.size(); ++i)
        if (read_bind(present[i]).target == mount.target) {
            edits.replace(list->members[i].value, json_text(bind));
            return {};
        }
    return add_to_list(host, "Binds", {json_text(bind)}, edits);
}

} // namespace

Result<Request> read_create_body(std::string_view json, std::string_view name) {
    TRY(const auto document, read_written_json(json));
    TRY(const auto body, body_of(json, document));
    TRY(const auto host, body.pointer("HostConfig"));
    Request request;
    request.subject.name = name;
    TRY(read_config(body, request));
    TRY(request.mounts, read_all_mounts(body, host));
    TRY(request.volumes_from, host.texts("VolumesFrom"));
    TRY(request.subject.networks, read_networks(body, host));
    request.takes_mounts = host.present() || may_have_host_config(body);
    return request;
}

Result<std::string> complete_create_body(std::string_view json, const Additions& additions) {
    TRY(const auto document, read_written_json(json));
    TRY(const auto body, body_of(json, document));
    JsonEdits edits;
    TRY(edit_variables(body, additions, edits));
    TRY(edit_labels(body, additions, edits));
    if (additions.mount)
        TRY(edit_binds(body, *additions.mount, edits));
    return edits.apply(json);
}

} // namespace agent::containers
