# A room is a library with its own include root. What a room may include is what it links; third-party packages are
# linked PRIVATE, so they stay inside. ARCHITECTURE.md draws the arrows, these functions make the compiler hold to them.

include(${CMAKE_CURRENT_LIST_DIR}/header_units.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/connectors.cmake)
cmake_path(SET FRAMESPOOL_FAKES NORMALIZE ${CMAKE_CURRENT_LIST_DIR}/../tests)
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(GTest REQUIRED)

# A compiler or a library newer than ours may warn of anything: that must not stop who only wants to run it. The presets
# dev, asan and tsan have it ON, .ci/run as well (CMakePresets.json).
option(FRAMESPOOL_WERROR "Treat warnings as errors" OFF)

# Files are many and small, and each would parse the same standard and third-party headers anew: most of a build's
# time. So a target's files are compiled some at a time, as one. (A precompiled header of GCC saved 15 to 20 % of a
# test's time, and its 160 MB would have to be made anew for each set of flags.)
# A batch never spans targets: what a room may include is still what it links. The preset dev has it OFF: each file by
# itself, as clang-tidy and an editor want it, and where a missing #include shows. In batches of 32, nearly whole rooms,
# host/herder takes 0.57 of the CPU of batches of 8.
option(FRAMESPOOL_UNITY "Compile the files of a target in batches" ON)
set(CMAKE_UNITY_BUILD ${FRAMESPOOL_UNITY})
set(CMAKE_UNITY_BUILD_BATCH_SIZE 32)

# What no record passes is compiled with -O1, for a third less of its time.
function(framespool_cold target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
endfunction()

# add_room(NAME [COLD] SOURCES … [PUBLIC rooms …] [PRIVATE libraries …]); the include root is ./include of the calling
# folder.
function(add_room name)
  cmake_parse_arguments(ROOM "COLD" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(framespool_${name} STATIC ${ROOM_SOURCES})
  add_library(framespool::${name} ALIAS framespool_${name})
  target_include_directories(framespool_${name} PUBLIC include PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(framespool_${name} PUBLIC framespool::sdk ${ROOM_PUBLIC} PRIVATE ${ROOM_PRIVATE} Threads::Threads)
  framespool_warnings(framespool_${name})
  if(ROOM_COLD)
    framespool_cold(framespool_${name})
  endif()
  framespool_header_unit(framespool_${name})
endfunction()

# add_seam(NAME [PUBLIC rooms …]): a room of interfaces only. What implements it is a room of its own.
function(add_seam name)
  cmake_parse_arguments(ROOM "" "" "PUBLIC" ${ARGN})
  add_library(framespool_${name} INTERFACE)
  add_library(framespool::${name} ALIAS framespool_${name})
  target_include_directories(framespool_${name} INTERFACE include)
  target_link_libraries(framespool_${name} INTERFACE ${ROOM_PUBLIC})
  framespool_header_unit(framespool_${name})
endfunction()

# What compiles the code of the tests themselves besides, a list: the presets release and asan spare them 40 to 50 % of
# their time. What they test is compiled by itself, and is what a user runs and a sanitizer is to look at.
set(FRAMESPOOL_TEST_FLAGS "" CACHE STRING "Further flags for the tests' own code")

# add_framespool_bench(NAME SOURCES … LIBRARIES …): a program that measures and prints, bench/NAME. `./dev bench` runs them
# all, each in its own time; none is a test.
add_custom_target(benches)
function(add_framespool_bench name)
  cmake_parse_arguments(B "" "" "SOURCES;LIBRARIES;INCLUDE" ${ARGN})
  add_executable(${name} ${B_SOURCES})
  target_link_libraries(${name} PRIVATE ${B_LIBRARIES} Threads::Threads)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests ${B_INCLUDE})
  framespool_warnings(${name})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench FRAMESPOOL_FOR_TESTS ON)
  add_dependencies(benches ${name})
  framespool_header_unit(${name})
endfunction()
