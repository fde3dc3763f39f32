# What CPack makes of it. A package is of the Debian that built it: its dependencies are what dpkg-shlibdeps finds there.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME framespool)
set(CPACK_PACKAGE_VENDOR Framespool)
set(CPACK_PACKAGE_CONTACT "Framespool authors <packages@framespool.invalid>")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
# /etc is above the prefix.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL worker sdk)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

# As deb12, so that apt takes the newer Debian's for the newer package.
set(release 1)
if(EXISTS /etc/os-release)
  file(STRINGS /etc/os-release id REGEX "^ID=debian$")
  file(STRINGS /etc/os-release version_id REGEX "^VERSION_ID=")
  if(id AND version_id MATCHES "([0-9]+)")
    string(APPEND release "~deb${CMAKE_MATCH_1}")
  endif()
endif()
set(CPACK_DEBIAN_PACKAGE_RELEASE ${release})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_WORKER_PACKAGE_NAME framespool)
set(CPACK_DEBIAN_WORKER_PACKAGE_SECTION video)
set(CPACK_DEBIAN_WORKER_DESCRIPTION "Kafka Connect-style worker for video
Source connectors write video to the records of topics, sink connectors show topics as streams in any browser. It is
managed through Kafka Connect's REST API and an admin page. Topics are kept in an embedded durable log, or in Kafka.
")
set(CPACK_DEBIAN_WORKER_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_WORKER_PACKAGE_DEPENDS "adduser, debconf (>= 0.5) | debconf-2.0")
set(CPACK_DEBIAN_WORKER_PACKAGE_RECOMMENDS "ca-certificates")
set(CPACK_DEBIAN_WORKER_PACKAGE_CONTROL_EXTRA)
foreach(file conffiles postinst prerm postrm templates)
  list(APPEND CPACK_DEBIAN_WORKER_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_SOURCE_DIR}/debian/${file})
endforeach()

set(CPACK_DEBIAN_SDK_PACKAGE_NAME framespool-dev)
set(CPACK_DEBIAN_SDK_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_SDK_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_SDK_DESCRIPTION "SDK of Framespool's connectors
Headers, the CMake package Framespool, a file for pkg-config, and what a connector is started from
(framespool-new-connector).
")
set(CPACK_DEBIAN_SDK_PACKAGE_DEPENDS "framespool (>= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_SDK_PACKAGE_RECOMMENDS "g++, cmake (>= 3.25), ninja-build | make, libgtest-dev, libgmock-dev")

# The same build gives the same bytes: nothing in a package is younger than the commit, or than SOURCE_DATE_EPOCH.
configure_file(cpack_times.cmake.in cpack_times.cmake @ONLY)
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_CURRENT_BINARY_DIR}/cpack_times.cmake)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_SOURCE_DIR}/set_times.cmake)
include(CPack)
