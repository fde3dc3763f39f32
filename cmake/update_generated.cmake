# Writes what is printed from a connector's ConfigDef: schemas/connectors/CLASS.schema.json, and the table in its README
# between <!-- config:begin CLASS --> and <!-- config:end -->. Run by the target update-generated:
#   cmake -D TOOL=framespool-manifest -D LIBRARY=x.so -D README=README.md -D SCHEMAS=dir -P update_generated.cmake

function(say_of class option result)
  execute_process(COMMAND ${TOOL} ${option} ${class} ${LIBRARY} OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

execute_process(COMMAND ${TOOL} ${LIBRARY} OUTPUT_VARIABLE manifest COMMAND_ERROR_IS_FATAL ANY)
string(JSON count LENGTH "${manifest}" connectors)
math(EXPR last "${count} - 1")
file(READ ${README} readme)
set(updated "${readme}")

foreach(index RANGE ${last})
  string(JSON class GET "${manifest}" connectors ${index} class)
  say_of(${class} --json-schema schema)
  file(CONFIGURE OUTPUT ${SCHEMAS}/${class}.schema.json CONTENT "${schema}" @ONLY)

  say_of(${class} --markdown table)
  set(begin "<!-- config:begin ${class} -->\n")
  string(FIND "${updated}" "${begin}" begin_at)
  if(begin_at EQUAL -1)
    message(FATAL_ERROR "${README} has no line <!-- config:begin ${class} -->; add it and <!-- config:end --> where the "
      "config table should stand")
  endif()
  string(LENGTH "${begin}" begin_length)
  math(EXPR table_at "${begin_at} + ${begin_length}")
  string(SUBSTRING "${updated}" 0 ${table_at} before)
  string(SUBSTRING "${updated}" ${table_at} -1 behind)
  string(FIND "${behind}" "<!-- config:end -->" end_at)
  if(end_at EQUAL -1)
    message(FATAL_ERROR "${README} has no line <!-- config:end --> behind <!-- config:begin ${class} -->")
  endif()
  string(SUBSTRING "${behind}" ${end_at} -1 behind)
  set(updated "${before}${table}${behind}")
endforeach()

if(NOT updated STREQUAL readme)
  file(WRITE ${README} "${updated}")
endif()
