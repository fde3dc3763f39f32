# OpenCV's own package file comes with libopencv-dev only, which brings every module there is: 112 packages more than the
# modules we use. This finds these. Targets opencv_MODULE; sets OpenCV_VERSION.
find_path(OpenCV_INCLUDE_DIR opencv2/core/version.hpp PATH_SUFFIXES opencv4)
if(OpenCV_INCLUDE_DIR)
  file(STRINGS ${OpenCV_INCLUDE_DIR}/opencv2/core/version.hpp numbers REGEX "#define CV_VERSION_(MAJOR|MINOR|REVISION) ")
  list(TRANSFORM numbers REPLACE ".* ([0-9]+)$" "\\1")
  list(JOIN numbers "." OpenCV_VERSION)
endif()

foreach(module IN LISTS OpenCV_FIND_COMPONENTS)
  find_library(OpenCV_${module}_LIBRARY opencv_${module})
  if(OpenCV_${module}_LIBRARY)
    set(OpenCV_${module}_FOUND TRUE)
  endif()
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenCV REQUIRED_VARS OpenCV_INCLUDE_DIR VERSION_VAR OpenCV_VERSION HANDLE_COMPONENTS)

if(OpenCV_FOUND)
  foreach(module IN LISTS OpenCV_FIND_COMPONENTS)
    if(OpenCV_${module}_FOUND AND NOT TARGET opencv_${module})
      add_library(opencv_${module} SHARED IMPORTED)
      set_target_properties(opencv_${module} PROPERTIES IMPORTED_LOCATION ${OpenCV_${module}_LIBRARY}
        INTERFACE_INCLUDE_DIRECTORIES ${OpenCV_INCLUDE_DIR})
    endif()
  endforeach()
endif()
