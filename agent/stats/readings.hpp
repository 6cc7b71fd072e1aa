#pragma once
// Which files tell what a container uses, and what each of them says: one row a file, each with a
// pure function from its text to the terms of Docker's stats. Text that is not as the kernel writes
// it reads as far as it goes: what it does not say stays zero or empty.

#include "model/stats.hpp"

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace agent::stats {

/// A container's folders in the cgroup hierarchies, one for each controller that is of version 1.
/// Those of its task tell how the whole task is throttled.
enum class Folder { cpuacct, cpu, memory, pids, blkio, task_cpu, unified, task_unified };
inline constexpr std::size_t folder_count = 8;

/// What one file tells.
struct Reading {
    Folder folder;
    /// Rows of version 2 only: not read where this controller is of version 1.
    Folder instead_of;
    const char* file;
    /// Adds what the text says.
    void (*read)(std::string_view text, model::Stats& stats);
    /// Without this file nothing is known: the container has gone.
    bool needed = false;
};

/// In the order in which they are to be read: later ones fill what earlier ones have left empty.
std::span<const Reading> version_1_readings();
std::span<const Reading> version_2_readings();

/// What /proc/stat says: all CPU time of the host but what was stolen from it, and its CPUs.
void read_host_cpu(std::string_view text, model::CpuStats& cpu);

/// The interfaces of /proc/<pid>/net/dev that are Docker's: neither the loopback, nor our own veth,
/// nor the tunnel ends that the kernel puts into every namespace.
std::map<std::string, model::InterfaceStats> interfaces(std::string_view text);

} // namespace agent::stats
