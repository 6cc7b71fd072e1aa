# What is installed, and the package that CPack makes of it (./dev package). The pause program is carried
# inside the daemon, so there is no file of it.
set(deb ${CMAKE_CURRENT_SOURCE_DIR}/deb)
set(made ${CMAKE_CURRENT_BINARY_DIR}/files)
file(MAKE_DIRECTORY ${made})

set(CPACK_PACKAGE_CONTACT "The authors of the ECS node agent <ecs-node-agent@example.org>" CACHE STRING
  "Maintainer of the package: whom its users ask")

# gzipped(<input> <name>): <made>/<name>.gz, the same bytes each time.
function(gzipped input name)
  add_custom_command(OUTPUT ${made}/${name}.gz
    COMMAND gzip -9nc ${input} > ${made}/${name}.gz
    DEPENDS ${input} VERBATIM)
endfunction()

# The changes are in one place; Debian's form of them only points there. Its date is the change log's.
file(TIMESTAMP ${PROJECT_SOURCE_DIR}/CHANGELOG.md ecs_release_date "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(${deb}/changelog.in ${made}/changelog @ONLY)
gzipped(${made}/changelog changelog)
gzipped(${PROJECT_SOURCE_DIR}/CHANGELOG.md CHANGELOG.md)
gzipped(${PROJECT_SOURCE_DIR}/docs/man/ecs-node-agent.8 ecs-node-agent.8)
add_custom_command(OUTPUT ${made}/ecs.config
  COMMAND awk -f ${deb}/ecs-config.awk ${PROJECT_SOURCE_DIR}/docs/configuration.md > ${made}/ecs.config
  DEPENDS ${deb}/ecs-config.awk ${PROJECT_SOURCE_DIR}/docs/configuration.md VERBATIM)
add_custom_target(ecs_package_files ALL DEPENDS
  ${made}/changelog.gz ${made}/CHANGELOG.md.gz ${made}/ecs-node-agent.8.gz ${made}/ecs.config)

# A package is built on the release that it is for, so the unit is that of the systemd that is here. From 253 on systemd
# itself sends the signal of a reload, and its job is done when we say so; an older one would pass over that type.
if(systemd_VERSION VERSION_GREATER_EQUAL 253)
  set(ecs_service_type "Type=notify-reload")
  set(CPACK_DEBIAN_PACKAGE_BREAKS "systemd (<< 253)")
else()
  set(ecs_service_type "Type=notify\nExecReload=/bin/kill -HUP $MAINPID")
endif()
configure_file(${PROJECT_SOURCE_DIR}/systemd/ecs-node-agent.service.in ${made}/ecs-node-agent.service @ONLY)

set(documentation share/doc/ecs-node-agent)
install(TARGETS ecs-node-agent RUNTIME DESTINATION sbin)
install(FILES ${made}/ecs-node-agent.service ${PROJECT_SOURCE_DIR}/systemd/ecs-node-agent-docker.socket
  ${PROJECT_SOURCE_DIR}/systemd/ecs-node-agent-volumes.socket
  ${PROJECT_SOURCE_DIR}/systemd/ecs-node-agent-ports.service
  DESTINATION /lib/systemd/system)
install(PROGRAMS ${CMAKE_CURRENT_SOURCE_DIR}/reserve-ports DESTINATION lib/ecs-node-agent)
# For root only: registry passwords are written there.
install(FILES ${made}/ecs.config DESTINATION /etc/ecs PERMISSIONS OWNER_READ OWNER_WRITE)
install(DIRECTORY DESTINATION /etc/ecs/tasks.d)
install(FILES ${made}/ecs-node-agent.8.gz DESTINATION share/man/man8)
install(FILES ${deb}/copyright ${made}/changelog.gz ${made}/CHANGELOG.md.gz
  ${PROJECT_SOURCE_DIR}/NOTICE ${PROJECT_SOURCE_DIR}/THIRD-PARTY ${PROJECT_SOURCE_DIR}/README.md
  DESTINATION ${documentation})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION ${documentation}/docs
  PATTERN check-links EXCLUDE PATTERN man EXCLUDE)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME ecs-node-agent)
set(CPACK_PACKAGE_VENDOR "the authors of the ECS node agent")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "tasks and metadata as on Amazon ECS, for any Docker host")
set(CPACK_PACKAGE_DESCRIPTION
"Runs the task definitions of a folder on the host's Docker Engine and gives
every container what it would have on Amazon ECS: a metadata file, the task
metadata endpoint in versions 2, 3 and 4 at 169.254.170.2, introspection,
labels and variables, and in awsvpc mode an address of its own. There is no
control plane. It is independent of Amazon.")
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# deb-systemd-helper is init-system-helpers'.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "nftables, init-system-helpers (>= 1.54~)")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "docker.io | docker-ce | moby-engine")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${deb}/postinst ${deb}/prerm ${deb}/postrm ${deb}/conffiles)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
