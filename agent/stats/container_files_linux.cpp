#include "agent/stats/container_files.hpp"

#include "agent/stats/cgroup_folders.hpp"
#include "base/files.hpp"
#include "base/time.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

namespace agent::stats {

using base::Errc;
using base::Error;
using base::Fd;
using base::Result;

namespace {

constexpr std::size_t largest_mountinfo = std::size_t{4} << 20;

/// No file that is read here is larger; of one that is, the rest is not seen.
using Buffer = std::array<char, 65536>;

Fd open_at(const Fd& folder, const char* name, int flags = O_RDONLY) {
    return Fd(::openat(folder.get(), name, flags | O_CLOEXEC));
}

/// The kernel makes these files whole when they are read from the start. Nothing when what they
/// belong to is gone.
std::optional<std::string_view> read_again(const Fd& file, Buffer& buffer) {
    for (;;) {
        const auto count = ::pread(file.get(), buffer.data(), buffer.size(), 0);
        if (count >= 0)
            return std::string_view(buffer.data(), static_cast<std::size_t>(count));
        if (errno != EINTR)
            return std::nullopt;
    }
}

/// One that comes in pieces.
std::optional<std::string_view> read_whole(const Fd& file, Buffer& buffer) {
    std::size_t size = 0;
    while (file && size < buffer.size()) {
        const auto count = ::read(file.get(), buffer.data() + size, buffer.size() - size);
        if (count == 0)
            return std::string_view(buffer.data(), size);
        if (count > 0)
            size += static_cast<std::size_t>(count);
        else if (errno != EINTR)
            return std::nullopt;
    }
    return size > 0 ? std::optional<std::string_view>({buffer.data(), size}) : std::nullopt;
}

Error not_here(const Subject& subject, const char* what) {
    return Error(Errc::not_found, "stats of container " + subject.docker_id + ": " + what);
}

/// All eight lists are there, as Docker has them on cgroups of version 1.
model::BlkioStats empty_lists() {
    const model::BlkioStats::Entries none(std::in_place);
    return {none, none, none, none, none, none, none, none};
}

} // namespace

Host Host::this_one() {
    Host host;
    host.memory_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                        static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    return host;
}

Result<> ContainerFiles::keep(const Folders& folders) {
    const auto folder = [&](Folder which) -> const std::string& {
        return folders[static_cast<std::size_t>(which)];
    };
    // A kernel may lack a file. Without descriptors, say, half of the figures would be wrong ones.
    const auto keep_one = [&](const Reading& reading) -> Result<> {
        const auto& in = folder(reading.folder);
        if (in.empty())
            return {};
        Fd file(::open((in + '/' + reading.file).c_str(), O_RDONLY | O_CLOEXEC));
        if (file)
            kept_.push_back({&reading, std::move(file)});
        else if (errno != ENOENT && errno != ENODEV)
            return base::from_errno(reading.file);
        return {};
    };
    for (const auto& reading : version_1_readings())
        TRY(keep_one(reading));
    for (const auto& reading : version_2_readings())
        if (folder(reading.instead_of).empty())
            TRY(keep_one(reading));
    blkio_of_version_1_ = !folder(Folder::blkio).empty();
    return {};
}

Result<std::shared_ptr<const ContainerFiles>> ContainerFiles::open(const Host& host,
                                                                   const Subject& subject) {
    std::shared_ptr<ContainerFiles> files(
        new ContainerFiles(host.memory_bytes, subject.own_network));
    // The folder first: all that is found through it is of one and the same process.
    const auto process = host.proc + '/' + std::to_string(subject.pid);
    files->process_ = Fd(::open(process.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!files->process_)
        return not_here(subject, "there is no such process");
    Buffer buffer;
    const auto cgroups = read_whole(open_at(files->process_, "cgroup"), buffer);
    if (!cgroups)
        return not_here(subject, "its process has ended");
    TRY(const auto mountinfo, base::read_file(host.proc + "/self/mountinfo", largest_mountinfo));
    const auto folders =
        container_folders(*cgroups, cgroup_mounts(mountinfo), subject.docker_id, subject.task_id);
    if (!folders)
        return not_here(subject, "its process is in no cgroup of that name");
    TRY(files->keep(*folders));
    const auto is_needed = [](const Kept& kept) { return kept.reading->needed; };
    if (std::none_of(files->kept_.begin(), files->kept_.end(), is_needed))
        return not_here(subject, "its cgroups are not here");
    files->host_cpu_ = Fd(::open((host.proc + "/stat").c_str(), O_RDONLY | O_CLOEXEC));
    return std::shared_ptr<const ContainerFiles>(std::move(files));
}

std::optional<model::Stats> ContainerFiles::read() const {
    Buffer buffer;
    model::Stats stats;
    stats.read = base::now();
    if (blkio_of_version_1_)
        stats.blkio = empty_lists();
    for (const auto& [reading, file] : kept_) {
        const auto text = read_again(file, buffer);
        if (text)
            reading->read(*text, stats);
        else if (reading->needed)
            return std::nullopt;
    }
    if (const auto text = read_again(host_cpu_, buffer))
        read_host_cpu(*text, stats.cpu);
    stats.memory.limit = std::min(stats.memory.limit, memory_bytes_);
    if (!own_network_)
        return stats;
    // Not kept open: it would keep the namespace, and with it our veth, after the container's end.
    const auto devices = read_whole(open_at(process_, "net/dev"), buffer);
    if (!devices)
        return std::nullopt;
    stats.networks = interfaces(*devices);
    return stats;
}

} // namespace agent::stats
