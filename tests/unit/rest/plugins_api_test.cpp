#include "rest_test.h"

namespace framespool::rest {
namespace {

class PluginsApi : public RestTest {};

TEST_F(PluginsApi, ListsPlugins) {
  EXPECT_EQ(Parsed(Ask("GET", "/connector-plugins")),
            json::parse(R"([{"class": "VideoFileSource", "type": "source", "version": "0.1.0"},
                            {"class": "MjpegHttpSink", "type": "sink", "version": "0.1.0"}])"));
}

TEST_F(PluginsApi, ListsPluginsOfEveryKindByConnectsNamesForThem) {
  std::map<std::string, std::string> types;
  for (const auto& plugin : Parsed(Ask("GET", "/connector-plugins?connectorsOnly=false"))) {
    std::string& type = types[plugin["class"]];
    type += (type.empty() ? "" : ", ") + plugin["type"].get<std::string>();
  }
  EXPECT_EQ(types, (std::map<std::string, std::string>{
                       {"VideoFileSource", "source"},
                       {"MjpegHttpSink", "sink"},
                       {"InsertHeader", "transformation"},
                       {"HasHeaderKey", "predicate"},
                       {"JsonConverter", "converter"},
                       {"FileConfigProvider", "configprovider"},
                       {"org.apache.kafka.connect.converters.ByteArrayConverter", "header_converter"}}));
}

TEST_F(PluginsApi, TellsWhatTheTasksOfAClassReport) {
  EXPECT_EQ(Parsed(Ask("GET", "/connector-plugins/VideoFileSource/metrics")),
            json::parse(R"([{"name": "frames_read", "kind": "counter", "unit": "frames", "documentation": "Read.",
                             "plot": "Reading", "label": "read", "series": "frames_read_per_second",
                             "role": "position", "setting": null},
                            {"name": "end_of_file", "kind": "info", "unit": "", "documentation": "Whether.",
                             "plot": "", "label": "end_of_file", "series": null, "role": "ended",
                             "setting": "loop"}])"));
  EXPECT_THAT(Ask("GET", "/connector-plugins/Nothing/metrics"), IsError(404, "Nothing"));
}

TEST_F(PluginsApi, DescribesTheConfigOfAPlugin) {
  const auto keys = Parsed(Ask("GET", "/connector-plugins/VideoFileSource/config"));
  EXPECT_EQ(keys[0], json::parse(R"({"name": "file", "type": "STRING", "required": true, "default_value": null,
      "importance": "HIGH", "documentation": "The video.", "group": null, "width": "MEDIUM", "display_name": "file",
      "dependents": [], "order_in_group": 1})"));
  EXPECT_EQ(keys[1]["default_value"], "auto");
  EXPECT_EQ(keys[1]["group"], "Encoding");
  EXPECT_EQ(keys[2]["type"], "PASSWORD");
  EXPECT_EQ(keys[2]["order_in_group"], 2);
  EXPECT_THAT(Ask("GET", "/connector-plugins/Nothing/config"), IsError(404, "Nothing"));
}

TEST_F(PluginsApi, ValidatesAConfig) {
  const auto report =
      Parsed(Ask("PUT", "/connector-plugins/VideoFileSource/config/validate", R"({"format": "gif", "token": "t0p"})"));
  EXPECT_EQ(report["name"], "VideoFileSource");
  EXPECT_EQ(report["error_count"], 2);
  EXPECT_EQ(report["groups"], json::parse(R"(["Encoding"])"));
  EXPECT_EQ(report["configs"][0]["definition"]["name"], "file");
  EXPECT_EQ(report["configs"][0]["value"], json::parse(R"({"name": "file", "value": null, "recommended_values": [],
      "errors": ["is required and has no default"], "visible": true})"));
  EXPECT_EQ(report["configs"][1]["value"]["recommended_values"], json::parse(R"(["auto", "jpeg", "png"])"));
  EXPECT_EQ(report["configs"][1]["value"]["errors"].size(), 1u);
  EXPECT_EQ(report["configs"][2]["value"]["value"], "[hidden]");
  EXPECT_EQ(report["problems"], json::parse(R"([
      {"kind": "required", "field": "file", "message": "is required and has no default"},
      {"kind": "not-allowed", "field": "format", "message": "must be one of auto, jpeg, png, but is \"gif\"",
       "facts": {"value": "gif"}}])"));
}

TEST_F(PluginsApi, RefusesToValidateWhatIsNoConfig) {
  EXPECT_EQ(
      Parsed(Ask("PUT", "/connector-plugins/VideoFileSource/config/validate", R"({"fromat": "png"})"))["warnings"],
      json::parse(R"([{"field": "fromat", "suggestion": "format",
                "message": "is no key of VideoFileSource and has no effect; did you mean format?"}])"));
  EXPECT_THAT(Ask("PUT", "/connector-plugins/VideoFileSource/config/validate?version=9", "{}"), IsError(404, "0.1.0"));
  EXPECT_THAT(Ask("PUT", "/connector-plugins/VideoFileSource/config/validate", R"({"file": null})"),
              IsError(400, "config key file"));
  EXPECT_THAT(Ask("PUT", "/connector-plugins/Nothing/config/validate", "{}"), IsError(404, "Nothing"));
  EXPECT_THAT(Ask("PUT", "/connector-plugins/VideoFileSource/config/validate", "{\"a\"}"),
              IsError(400, "Malformed JSON"));
  EXPECT_THAT(Ask("PUT", "/connector-plugins/VideoFileSource/config/validate"), IsError(400, "no body"));
}

TEST_F(PluginsApi, ShowsTheFirstFrameOfASourceAndWhatItCosts) {
  EXPECT_EQ(Parsed(Ask("PUT", "/connector-plugins/VideoFileSource/probe", R"({"file": "a"})")),
            json::parse(R"({"frames": 10, "content_type": "image/jpeg", "width": 1280, "height": 720,
                "first_frame": "data:image/jpeg;base64,cGljdHVyZQ==", "frame_bytes": 1000.0, "fps": 30.0,
                "bytes_per_second": 30000.0, "bytes_per_day": 2592000000.0, "metrics": {"frames_expected": 900},
                "messages": ["plays it"], "facts": {"width": 1280, "height": 720, "codec": "h264"}, "chain": null})"));
  const auto one = Parsed(Ask("PUT", "/connector-plugins/VideoFileSource/probe", R"({"file": "one-frame"})"));
  EXPECT_TRUE(one["fps"].is_null() && one["bytes_per_second"].is_null() && one["bytes_per_day"].is_null());
  const auto text = Parsed(Ask("PUT", "/connector-plugins/VideoFileSource/probe", R"({"file": "text"})"));
  EXPECT_TRUE(text["width"].is_null() && text["height"].is_null());
  EXPECT_EQ(text["first_frame"], "");
}

TEST_F(PluginsApi, ProbesTheChainOfASource) {
  const auto chain =
      Parsed(Ask("PUT", "/connector-plugins/VideoFileSource/probe", R"({"file": "a", "transforms": "a"})"))["chain"];
  EXPECT_EQ(chain, json::parse(R"json({"records": 2, "go_on": 1, "held_back": 0, "failed": 0, "frame_bytes": 2.0,
      "problems": [], "left_out": [{"by": "transforms.a (Filter)", "records": 1}],
      "steps": [{"end": "goes-on", "by": "", "problems": [],
                 "before": {"topic": "t", "key": null, "value": "aGk=", "value_bytes": 2, "content_type": "text/plain",
                            "shows": true, "facts": {}, "headers": [], "timestamp": 7},
                 "after": {"topic": "u", "key": "k", "value": null, "value_bytes": 0, "content_type": "text/plain",
                           "shows": true, "facts": {}, "headers": [{"key": "site", "value": "yard"}],
                           "timestamp": 7}},
                {"end": "left-out", "by": "transforms.a (Filter)", "problems": [], "after": null,
                 "before": {"topic": "t", "key": null, "value": "aGk=", "value_bytes": 2, "content_type": "text/plain",
                            "shows": true, "facts": {}, "headers": [], "timestamp": 7}}]})json"));
}

TEST_F(PluginsApi, RefusesToProbeWhatIsNoConfig) {
  EXPECT_THAT(Ask("PUT", "/connector-plugins/Nothing/probe", "{}"), IsError(404, "Nothing"));
  EXPECT_THAT(Ask("PUT", "/connector-plugins/VideoFileSource/probe", "{}"), IsError(400, "file is required"));
  EXPECT_THAT(Ask("PUT", "/connector-plugins/VideoFileSource/probe", "{\"a\"}"), IsError(400, "Malformed JSON"));
}

}  // namespace
}  // namespace framespool::rest
