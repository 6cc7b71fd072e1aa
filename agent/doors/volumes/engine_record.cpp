#include "agent/doors/volumes/engine_record.hpp"

#include "agent/containers/completion.hpp"

#include <utility>

namespace agent::doors::volumes {

using base::Async;
using base::Result;

Async<Result<bool>> remove_in_engine(docker::Client& engine, std::string name) {
    CO_TRY(const auto volume, co_await engine.inspect_volume(name));
    if (!volume || volume->driver != containers::metadata_volume_driver)
        co_return false;
    co_return co_await engine.remove_volume(std::move(name));
}

} // namespace agent::doors::volumes
