#pragma once
// GPUs of a container (resourceRequirements). Docker hands out the first so many, as `docker run --gpus 2`
// does, and so may give one to several containers.

#include "base/error.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace agent::containers {

/// By the runtimes of the engine, and what the agent finds in its own PATH.
enum class GpuSupport {
    none,    ///< no runtime `nvidia`
    runtime, ///< the runtime alone, which is told by a variable which GPUs to put into a container
    /// The engine has its driver for GPUs beside it: its device requests.
    device_requests,
};

/// Looks in `path` for the hook without which Docker's driver for GPUs is not there. Blocks.
GpuSupport gpu_support(const std::vector<std::string>& runtimes, std::string_view path);

/// unsupported, for a container that asks for GPUs on an engine that has none.
base::Result<> check_gpus(std::int64_t gpus, GpuSupport support);

/// Whether the engine's answer to a start (or to a create) says that it lacks its driver for GPUs: it was
/// started with another PATH than ours.
bool is_lack_of_gpu_driver(const base::Error& error);

/// Adds to Docker's HostConfig what gives a container so many GPUs.
void add_gpus(nlohmann::ordered_json& host_config, std::int64_t gpus, GpuSupport support);

/// "NVIDIA_VISIBLE_DEVICES=0,1", for the runtime alone; "" where Docker sets it, and for none.
std::string gpu_variable(std::int64_t gpus, GpuSupport support);

} // namespace agent::containers
