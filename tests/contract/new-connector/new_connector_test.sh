#!/usr/bin/env bash
# What new-connector makes builds, describes itself and passes its own test as it is. A small project of its own is made
# around it, so nothing but the SDK and the build's framespool-manifest is needed.
# usage: new_connector_test.sh REPOSITORY FRAMESPOOL_MANIFEST FOLDER BUILD_TYPE CXX_FLAGS
set -euo pipefail
repository=$1 manifest=$2 folder=$3 build_type=$4 flags=$5

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

rm -rf "$folder"
mkdir -p "$folder/tests" "$folder/schemas/connectors"
cp -r "$repository/cmake" "$repository/connectors" "$folder/"
cp -r "$repository/tests/fakes" "$folder/tests/"
# Only the SDK, the templates and the tool itself: the other connectors would be built as well.
find "$folder/connectors" -mindepth 1 -maxdepth 1 -type d ! -name sdk ! -name 'template-*' -exec rm -r {} +

cd "$folder"
connectors/new-connector source rtsp-camera
connectors/new-connector sink s3-archive
if grep -riE 'heartbeat|line_?file|template' connectors/rtsp-camera connectors/s3-archive; then
  fail "the copies still speak of their templates"
fi
for bad in "source rtsp-camera" "source Rtsp" "source ../x" "source camera-source" "filter x" "source"; do
  # shellcheck disable=SC2086  # words
  if connectors/new-connector $bad 2>/dev/null; then fail "taken: new-connector $bad"; fi
done
rm -r connectors/template-*

cat >CMakeLists.txt <<CMAKE
cmake_minimum_required(VERSION 3.25)
project(new_connector LANGUAGES CXX)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
include(cmake/rooms.cmake)
enable_testing()
add_executable(framespool-manifest IMPORTED)
set_target_properties(framespool-manifest PROPERTIES IMPORTED_LOCATION $manifest)
add_subdirectory(connectors/sdk)
add_subdirectory(connectors)
CMAKE
cmake -G Ninja -S . -B build -D "CMAKE_BUILD_TYPE=$build_type" -D "CMAKE_CXX_FLAGS=$flags" -D CMAKE_CXX_COMPILER_LAUNCHER=ccache >cmake.log ||
  { cat cmake.log && fail "configuring"; }
cmake --build build --target all update-generated
ctest --test-dir build --output-on-failure --no-tests=error

for made in rtsp-camera:RtspCameraSource s3-archive:S3ArchiveSink; do
  class=${made#*:}
  grep -q "\"class\": \"$class\"" "build/plugins/${made%:*}.manifest.json" || fail "${made%:*}: no class $class in its manifest"
  grep -q "\"const\": \"$class\"" "schemas/connectors/$class.schema.json" || fail "${made%:*}: no schema of $class"
  grep -q '^| `' "connectors/${made%:*}/README.md" || fail "${made%:*}: no config table in its README"
done
