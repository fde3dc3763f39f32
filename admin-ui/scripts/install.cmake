# npm install with the locked versions, only when node_modules is not what package-lock.json asks for: then nothing is asked of any registry.
# Not npm ci: npm 11 refuses locks that leave out the optional parts of other platforms, as the registry here makes them.
# Run with cmake -DNPM=… -P; several build folders share one node_modules.
get_filename_component(ui ${CMAKE_CURRENT_LIST_DIR} DIRECTORY)
file(LOCK ${ui}/.install.lock GUARD PROCESS TIMEOUT 600)
set(installed ${ui}/node_modules/.installed-lock.json)
if(EXISTS ${installed})
  file(SHA256 ${installed} have)
  file(SHA256 ${ui}/package-lock.json want)
  if(have STREQUAL want)
    return()
  endif()
endif()
message(STATUS "Installing the admin page's packages")
execute_process(COMMAND ${NPM} install --no-save --no-fund --no-audit --loglevel=error WORKING_DIRECTORY ${ui} RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "npm install failed in ${ui}: it needs the npm registry once; its own words stand above")
endif()
file(COPY_FILE ${ui}/package-lock.json ${installed})
