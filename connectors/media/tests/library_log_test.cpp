#include "library_log.h"

#include <gtest/gtest.h>

namespace framespool::media {
namespace {

TEST(LibraryLog, HidesWhoIsNamedInAUrl) {
  EXPECT_EQ(Scrubbed("Opening 'rtsp://viewer:p%40ss@10.0.0.7:554/live' for reading\n"),
            "Opening 'rtsp://[hidden]@10.0.0.7:554/live' for reading\n");
  EXPECT_EQ(Scrubbed("a http://u:p@h/ and tcp://u:p@h"), "a http://[hidden]@h/ and tcp://[hidden]@h");
}

TEST(LibraryLog, HidesWhatIsSentToProveIt) {
  EXPECT_EQ(Scrubbed("GET / HTTP/1.1\r\nAuthorization: Basic dTpw\r\nHost: h\r\n"),
            "GET / HTTP/1.1\r\nAuthorization: [hidden]\r\nHost: h\r\n");
}

TEST(LibraryLog, LeavesTheRestAsItIs) {
  for (const char* line : {"", "Stream #0: h264, 25 fps", "rtsp://10.0.0.7/cam@1", "mail@host tcp://h:1", "://"})
    EXPECT_EQ(Scrubbed(line), line);
}

}  // namespace
}  // namespace framespool::media
