# Puts the parts of the player pages together, as C++ strings:
#   cmake -D SOURCE=page -D OUTPUT=watch_page_text.cpp -P compose.cmake
function(compose name parts result)
  file(READ ${SOURCE}/${name}.html page)
  file(READ ${SOURCE}/watch.css style)
  set(script "")
  foreach(part ${parts})
    file(READ ${SOURCE}/${part}.js text)
    string(APPEND script "${text}")
  endforeach()
  string(REPLACE "/*style*/" "${style}" page "${page}")
  string(REPLACE "/*script*/" "${script}" page "${page}")
  set(${result} "${page}" PARENT_SCOPE)
endfunction()

compose(watch "stream;video;timeline;clip;scrub;watch" watch_page)
compose(link "stream;link" link_page)
file(WRITE ${OUTPUT} "#include \"page/watch_page.h\"

namespace framespool::mjpeg {

const char* const kWatchPageText = R\"watch-page(${watch_page})watch-page\";

const char* const kLinkPageText = R\"link-page(${link_page})link-page\";

}  // namespace framespool::mjpeg
")
