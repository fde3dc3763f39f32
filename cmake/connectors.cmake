# What a connector's CMakeLists.txt calls, in this tree and, by find_package(Framespool), in any other: its library with
# the manifest, and its tests. Who includes it has framespool::sdk, framespool-manifest, Threads and GTest, says in
# FRAMESPOOL_FAKES where fakes/ stands, and has a framespool_header_unit().

# Where the worker looks for connectors when its plugin.path is empty, below the prefix that it was installed to.
set(FRAMESPOOL_PLUGIN_DIR lib/framespool/plugins)
include_guard(GLOBAL)

function(framespool_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
    -Woverloaded-virtual -Wcast-qual $<$<BOOL:${FRAMESPOOL_WERROR}>:-Werror>)
  # GCC takes a batch's files for headers, where a member whose type is of an anonymous namespace would be a mistake.
  target_compile_options(${target} PRIVATE
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>>:-Wno-subobject-linkage>)
endfunction()

# Programs of the tests that need nothing but themselves and the connectors: what `./dev test --quick` builds.
add_custom_target(quick_tests)

# add_framespool_test(NAME SOURCES … LIBRARIES …): one GoogleTest program; each TEST is a ctest test. INCLUDE opens a
# room's private headers to its own unit tests.
function(add_framespool_test name)
  cmake_parse_arguments(T "" "TIMEOUT;LABEL" "SOURCES;LIBRARIES;INCLUDE" ${ARGN})
  if(NOT TARGET GTest::gmock_main)
    message(STATUS "There is no GoogleTest: ${name} is not built. As root: apt-get install libgtest-dev libgmock-dev")
    return()
  endif()
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 300)  # ends what hangs; a busy machine takes its time
  endif()
  if(NOT T_LABEL)
    set(T_LABEL unit)
  endif()
  add_executable(${name} ${T_SOURCES})
  target_link_libraries(${name} PRIVATE ${T_LIBRARIES} GTest::gmock_main GTest::gtest Threads::Threads)
  target_include_directories(${name} PRIVATE ${FRAMESPOOL_FAKES} ${T_INCLUDE})
  framespool_warnings(${name})
  target_compile_options(${name} PRIVATE ${FRAMESPOOL_TEST_FLAGS})
  set_target_properties(${name} PROPERTIES FRAMESPOOL_FOR_TESTS ON RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  framespool_header_unit(${name})
  if(T_LABEL MATCHES "^(unit|contract)$")
    add_dependencies(quick_tests ${name})
  endif()
  include(GoogleTest)
  gtest_discover_tests(${name} TEST_PREFIX ${name}. PROPERTIES LABELS ${T_LABEL} TIMEOUT ${T_TIMEOUT} DISCOVERY_TIMEOUT 300)
endfunction()

add_custom_target(connectors)
# Writes the config tables of the connectors' READMEs and pages, and schemas/connectors/*; a contract test compares them.
add_custom_target(update-generated)

# add_connector(NAME sources … ): builds plugins/NAME.so and, beside it, NAME.manifest.json printed from its own ConfigDef,
# and installs both. The templates are there to be copied and to test with: they go to plugins-templates, which no worker
# has by default.
function(add_connector name)
  set(folder ${CMAKE_BINARY_DIR}/plugins)
  if(name MATCHES "^template-")
    string(APPEND folder "-templates")
  endif()
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE framespool::sdk Threads::Threads)
  target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  framespool_warnings(${name})
  set_target_properties(${name} PROPERTIES PREFIX "" CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LIBRARY_OUTPUT_DIRECTORY ${folder})
  add_custom_command(TARGET ${name} POST_BUILD
    COMMAND framespool-manifest --output ${folder}/${name}.manifest.json $<TARGET_FILE:${name}>
    COMMENT "Describing ${name}" VERBATIM)
  framespool_header_unit(${name})
  add_dependencies(${name} framespool-manifest)
  add_dependencies(connectors ${name})
  add_custom_target(${name}.generated
    COMMAND ${CMAKE_COMMAND} -D TOOL=$<TARGET_FILE:framespool-manifest> -D LIBRARY=$<TARGET_FILE:${name}>
      -D README=${CMAKE_CURRENT_SOURCE_DIR}/README.md -D PAGES=${PROJECT_SOURCE_DIR}/docs/transforms
      -D SCHEMAS=${PROJECT_SOURCE_DIR}/schemas/connectors
      -P ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/update_generated.cmake
    DEPENDS ${name} framespool-manifest VERBATIM)
  add_dependencies(update-generated ${name}.generated)
  set_property(GLOBAL APPEND PROPERTY FRAMESPOOL_CONNECTORS ${name})
  if(NOT name MATCHES "^template-")
    install(TARGETS ${name} LIBRARY DESTINATION ${FRAMESPOOL_PLUGIN_DIR} COMPONENT worker)
    install(FILES ${folder}/${name}.manifest.json DESTINATION ${FRAMESPOOL_PLUGIN_DIR} COMPONENT worker)
  endif()
endfunction()
