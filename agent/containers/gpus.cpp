#include "agent/containers/gpus.hpp"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <algorithm>

namespace agent::containers {

using base::Errc;
using base::Error;
using Json = nlohmann::ordered_json;

namespace {

constexpr auto gpu_runtime = "nvidia";
constexpr std::string_view gpu_hook = "/nvidia-container-runtime-hook";

} // namespace

GpuSupport gpu_support(const std::vector<std::string>& runtimes, std::string_view path) {
    if (std::find(runtimes.begin(), runtimes.end(), gpu_runtime) == runtimes.end())
        return GpuSupport::none;
    while (!path.empty()) {
        const auto end = path.find(':');
        const auto program = std::string(path.substr(0, end)).append(gpu_hook);
        if (::access(program.c_str(), X_OK) == 0)
            return GpuSupport::device_requests;
        path.remove_prefix(end == path.npos ? path.size() : end + 1);
    }
    return GpuSupport::runtime;
}

base::Result<> check_gpus(std::int64_t gpus, GpuSupport support) {
    if (gpus > 0 && support == GpuSupport::none)
        return Error(Errc::unsupported,
                     "GPUs are asked for (resourceRequirements), and the engine has no runtime "
                     "\"nvidia\"");
    return {};
}

bool is_lack_of_gpu_driver(const Error& error) {
    return error.what().find("could not select device driver") != std::string::npos;
}

void add_gpus(Json& host_config, std::int64_t gpus, GpuSupport support) {
    if (gpus == 0)
        return;
    host_config["Runtime"] = gpu_runtime;
    if (support == GpuSupport::device_requests)
        host_config["DeviceRequests"].push_back(
            {{"Driver", gpu_runtime},
             {"Count", gpus},
             {"Capabilities", Json::array({Json::array({"gpu"})})}});
}

std::string gpu_variable(std::int64_t gpus, GpuSupport support) {
    if (gpus == 0 || support == GpuSupport::device_requests)
        return {};
    std::string variable = "NVIDIA_VISIBLE_DEVICES=0";
    for (std::int64_t gpu = 1; gpu < gpus; ++gpu)
        variable += ',' + std::to_string(gpu);
    return variable;
}

} // namespace agent::containers
