# Puts the parts of the player pages together, as C++ strings:
#   cmake -D SOURCE=page -D WEB=web -D OUTPUT=watch_page_text.cpp -P compose.cmake
function(compose name parts result)
  file(READ ${SOURCE}/${name}.html page)
  file(READ ${SOURCE}/watch.css style)
  set(script "")
  foreach(part ${parts})
    if(part STREQUAL "web")
      # A module, which others import; here all is one script.
      file(READ ${WEB}/video.js text)
      string(REGEX REPLACE "(^|\n)export (class|const|function) " "\\1\\2 " text "${text}")
    else()
      file(READ ${SOURCE}/${part}.js text)
    endif()
    # What is for who reads the source goes to no browser.
    string(REGEX REPLACE "\n *//[^\n]*" "" text "\n${text}")
    string(APPEND script "${text}")
  endforeach()
  string(REPLACE "/*style*/" "${style}" page "${page}")
  string(REPLACE "/*script*/" "${script}" page "${page}")
  set(${result} "${page}" PARENT_SCOPE)
endfunction()

compose(watch "stream;web;video;timeline;clip;scrub;watch" watch_page)
compose(link "stream;link" link_page)
file(WRITE ${OUTPUT} "#include \"page/watch_page.h\"

namespace framespool::mjpeg {

const char* const kWatchPageText = R\"watch-page(${watch_page})watch-page\";

const char* const kLinkPageText = R\"link-page(${link_page})link-page\";

}  // namespace framespool::mjpeg
")
