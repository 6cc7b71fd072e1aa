# What most files parse, parsed once: more than half of a file's compile time is headers. A precompiled
# header serves only sources with the very same flags, so there is one for each of the three kinds.
# Every file still includes what it uses; -D ECS_PRECOMPILE=OFF builds without.
option(ECS_PRECOMPILE "Parse common headers once" ON)

set(ecs_common_headers
  <algorithm> <array> <charconv> <chrono> <cstdint> <filesystem> <functional> <map> <memory> <optional>
  <set> <span> <string> <string_view> <unordered_map> <utility> <vector>
  <boost/asio/any_io_executor.hpp> <boost/asio/awaitable.hpp> <boost/asio/cancellation_state.hpp>
  <nlohmann/json.hpp>)

# ecs_precompiled_header(<name> [headers…]): nothing but the headers, whose parse others reuse.
function(ecs_precompiled_header name)
  add_library(${name} OBJECT ${PROJECT_SOURCE_DIR}/cmake/precompiled.cpp)
  target_link_libraries(${name} PRIVATE ecs_options Boost::headers nlohmann_json::nlohmann_json)
  target_precompile_headers(${name} PRIVATE ${ecs_common_headers} ${ARGN})
endfunction()

# ecs_use_precompiled(<target> <name>)
function(ecs_use_precompiled target name)
  if(ECS_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ${name})
  endif()
endfunction()

if(ECS_PRECOMPILE)
  ecs_precompiled_header(ecs_precompiled)
endif()
