# What every target of ours is compiled with. Libraries' headers are SYSTEM: their warnings are theirs.
add_library(ecs_options INTERFACE)
target_include_directories(ecs_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(ecs_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wconversion
  # GCC 12 reports lambda coroutines falsely (docs/style.md).
  -Wno-mismatched-new-delete
  # A type of a .cpp file is known to that file alone, also where several are compiled as one (unity).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>
  -fstack-protector-strong
  # One kind of code for libraries and programs, so that they can share a precompiled header.
  -fPIE)
target_compile_definitions(ecs_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION
  BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_NO_DEPRECATED
  $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>
  $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
# A sanitized program has forty megabytes of data: placed for each of its starts, they would take half of a start's time.
target_link_options(ecs_options INTERFACE $<IF:$<BOOL:${ECS_SANITIZE}>,-no-pie,-pie> -Wl,-z,relro,-z,now)
if(ECS_WERROR)
  target_compile_options(ecs_options INTERFACE -Werror)
endif()
if(ECS_SANITIZE)
  # A switch that a target adds itself (-fno-sanitize=all) would come before these and change nothing.
  target_compile_options(ecs_options INTERFACE
    "$<$<NOT:$<BOOL:$<TARGET_PROPERTY:ECS_UNSANITIZED>>>:-fsanitize=address,undefined;-fno-sanitize-recover=undefined;-fno-omit-frame-pointer>")
  target_link_options(ecs_options INTERFACE -fsanitize=address,undefined)
endif()
if(ECS_FUZZ)
  # Every room tells the fuzzer where an input has led. Clang 14's "function" check has no code for
  # coroutines ("Cannot represent a difference across sections").
  target_compile_options(ecs_options INTERFACE -fsanitize=fuzzer-no-link -fno-sanitize=function)
endif()

# ecs_room(<name> SOURCES … LINKS … [APART …]): a static library with our options. Sources that stand apart are not
# compiled as one with others (docs/decisions/what-a-change-costs.md).
function(ecs_room name)
  cmake_parse_arguments(room "" "" "SOURCES;LINKS;PRIVATE_LINKS;APART" ${ARGN})
  set_source_files_properties(${room_APART} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  add_library(${name} STATIC ${room_SOURCES})
  target_link_libraries(${name} PUBLIC ecs_options ${room_LINKS} PRIVATE ${room_PRIVATE_LINKS})
  ecs_use_precompiled(${name} ecs_precompiled)
endfunction()
