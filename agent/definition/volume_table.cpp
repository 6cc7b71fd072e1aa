#include "agent/definition/tables.hpp"
#include "agent/definition/values.hpp"

namespace agent::definition {

namespace {

using base::Result;
using D = DockerVolume;

Result<> check_docker(D& volume, const Place& place) {
    if (volume.autoprovision && volume.scope != D::Scope::shared)
        return refuse(join(place, "autoprovision"), "true is only for the scope \"shared\"");
    return {};
}

constexpr std::string_view elsewhere = "say which path of this host stands for it in the host "
                                       "file, under volumes, by the file system's "
                                       "id or by the volume's name";

Table<D> docker_table() {
    static constexpr auto rows = std::to_array<FieldRow<D>>({
        honoured<&D::scope, read_word<D::Scope::task, D::Scope::shared>>("scope"),
        honoured<&D::autoprovision, read_flag>("autoprovision"),
        honoured<&D::driver, read_text>("driver"),
        // The drivers of network file systems are told passwords here.
        secret(honoured<&D::driver_options, read_text_map>("driverOpts")),
        honoured<&D::labels, read_labels>("labels"),
    });
    return {rows, check_docker};
}

Table<Volume> host_table() {
    static constexpr auto rows = std::to_array<FieldRow<Volume>>({
        honoured<&Volume::host_source_path, read_host_path>("sourcePath"),
    });
    return {rows};
}

Result<> check_volume(Volume& volume, const Place& place) {
    if (!volume.host_source_path.empty() && volume.docker != DockerVolume())
        return refuse(join(place, "dockerVolumeConfiguration"),
                      "not beside a host.sourcePath: a volume is the one or the other");
    const bool starts_well = is_word(volume.name.front()) && volume.name.front() != '_';
    if (volume.docker.scope == D::Scope::shared && (!starts_well || volume.name.size() < 2))
        return refuse(join(place, "name"), "a shared volume has this name in Docker, which wants "
                                           "two characters or more and a letter or digit first");
    return {};
}

} // namespace

Table<Volume> volume_table() {
    static constexpr auto rows = std::to_array<FieldRow<Volume>>({
        required<&Volume::name, read_name>("name"),
        part<host_table>("host"),
        object<&Volume::docker, docker_table>("dockerVolumeConfiguration"),
        refused<Volume>("configuredAtLaunch", "say here what the volume is, or in the host file "
                                              "under volumes, by the volume's name"),
        refused<Volume>("efsVolumeConfiguration", elsewhere),
        refused<Volume>("fsxWindowsFileServerVolumeConfiguration", elsewhere),
        refused<Volume>("s3filesVolumeConfiguration", elsewhere),
    });
    return {rows, check_volume};
}

} // namespace agent::definition
