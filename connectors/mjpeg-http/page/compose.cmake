# Puts the parts of the player page together, as a C++ string:
#   cmake -D SOURCE=page -D OUTPUT=watch_page_text.cpp -P compose.cmake
file(READ ${SOURCE}/watch.html page)
file(READ ${SOURCE}/watch.css style)
set(script "")
foreach(part stream video timeline clip scrub watch)
  file(READ ${SOURCE}/${part}.js text)
  string(APPEND script "${text}")
endforeach()
string(REPLACE "/*style*/" "${style}" page "${page}")
string(REPLACE "/*script*/" "${script}" page "${page}")
file(WRITE ${OUTPUT} "#include \"page/watch_page.h\"

namespace framespool::mjpeg {

const char* const kWatchPageText = R\"watch-page(${page})watch-page\";

}  // namespace framespool::mjpeg
")
