# Writes what is printed from what a connector declares: schemas/connectors/CLASS.schema.json, and in its page the table
# of its config between <!-- config:begin CLASS --> and <!-- config:end -->, and that of its metrics, where it has some,
# between <!-- metrics:begin CLASS --> and <!-- metrics:end -->. Its page is PAGES/CLASS.md where there is one, and
# otherwise README. Run by the target update-generated:
#   cmake -D TOOL=framespool-manifest -D LIBRARY=x.so -D README=README.md -D PAGES=dir -D SCHEMAS=dir
#     -P update_generated.cmake

function(say_of class option result)
  execute_process(COMMAND ${TOOL} ${option} ${class} ${LIBRARY} OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

# put_table(TABLE KIND CLASS): into ${updated}, between the two lines of that kind.
function(put_table table kind class)
  set(begin "<!-- ${kind}:begin ${class} -->\n")
  set(end "<!-- ${kind}:end -->")
  string(FIND "${updated}" "${begin}" begin_at)
  if(begin_at EQUAL -1)
    message(FATAL_ERROR "${page} has no line <!-- ${kind}:begin ${class} -->; add it and ${end} where the "
      "${kind} table should stand")
  endif()
  string(LENGTH "${begin}" begin_length)
  math(EXPR table_at "${begin_at} + ${begin_length}")
  string(SUBSTRING "${updated}" 0 ${table_at} before)
  string(SUBSTRING "${updated}" ${table_at} -1 behind)
  string(FIND "${behind}" "${end}" end_at)
  if(end_at EQUAL -1)
    message(FATAL_ERROR "${page} has no line ${end} behind <!-- ${kind}:begin ${class} -->")
  endif()
  string(SUBSTRING "${behind}" ${end_at} -1 behind)
  set(updated "${before}${table}${behind}" PARENT_SCOPE)
endfunction()

execute_process(COMMAND ${TOOL} ${LIBRARY} OUTPUT_VARIABLE manifest COMMAND_ERROR_IS_FATAL ANY)
string(JSON count LENGTH "${manifest}" connectors)
math(EXPR last "${count} - 1")

foreach(index RANGE ${last})
  string(JSON class GET "${manifest}" connectors ${index} class)
  say_of(${class} --json-schema schema)
  file(CONFIGURE OUTPUT ${SCHEMAS}/${class}.schema.json CONTENT "${schema}" @ONLY)

  set(page ${README})
  if(EXISTS ${PAGES}/${class}.md)
    set(page ${PAGES}/${class}.md)
  endif()
  file(READ ${page} text)
  set(updated "${text}")
  say_of(${class} --markdown table)
  put_table("${table}" config ${class})
  say_of(${class} --metrics table)
  if(table OR updated MATCHES "<!-- metrics:begin ${class} -->")
    put_table("${table}" metrics ${class})
  endif()
  if(NOT updated STREQUAL text)
    file(WRITE ${page} "${updated}")
  endif()
endforeach()
