#include <base/log.h>
#include <base/secrets.h>
#include <gmock/gmock.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

namespace framespool::log {
namespace {

using nlohmann::json;

/// The lines that `write` leaves on stderr; each must be one JSON object.
std::vector<json> Written(const std::function<void()>& write) {
  testing::internal::CaptureStderr();
  SetFormat(Format::kJson);
  write();
  SetFormat(Format::kText);
  std::istringstream text(testing::internal::GetCapturedStderr());
  std::vector<json> lines;
  for (std::string line; std::getline(text, line);) {
    lines.push_back(json::parse(line, nullptr, false));
    EXPECT_TRUE(lines.back().is_object()) << line;
  }
  return lines;
}

json OnlyLine(const std::function<void()>& write) {
  const auto lines = Written(write);
  EXPECT_EQ(lines.size(), 1U);
  return lines.empty() ? json::object() : lines.front();
}

TEST(JsonLog, SaysWhenWhereAndWhoseALineIs) {
  json line;
  std::thread([&] {
    NameThread("camera");
    line = OnlyLine([] { Warn("camera|task-3", "hello"); });
  }).join();
  EXPECT_THAT(line["time"].get<std::string>(), testing::MatchesRegex("20..-..-..T..:..:..\\....Z"));
  line.erase("time");
  EXPECT_EQ(line, json::parse(R"({"level": "WARN", "logger": "camera|task-3", "connector": "camera", "task": 3,
                                  "thread": "camera", "message": "hello"})"));
}

TEST(JsonLog, SaysForWhomAThreadWorksWhoeverWritesTheLine) {
  const OnBehalf outer("door");
  EXPECT_FALSE(OnlyLine([] { Info("herder", "of the connector"); }).contains("task"));
  {
    const OnBehalf inner("gate", 1);
    const json line = OnlyLine([] { Info("broker", "no space left"); });
    EXPECT_EQ(line["connector"], "gate");
    EXPECT_EQ(line["task"], 1);
    EXPECT_EQ(OnlyLine([] { Info("camera|task-0", "a task's own"); })["connector"], "camera");
  }
  EXPECT_EQ(OnlyLine([] { Info("herder", "again"); })["connector"], "door");
}

TEST(JsonLog, NamesNobodyWhereALineIsNobodys) {
  const json line = OnlyLine([] { Info("rest", "hello"); });
  EXPECT_FALSE(line.contains("connector"));
  EXPECT_FALSE(line.contains("task"));
  EXPECT_FALSE(line.contains("problems"));
  EXPECT_EQ(OnlyLine([] { Info("a|task-b", "no number"); }).value("connector", "none"), "none");
}

TEST(JsonLog, HasWhatIsWrongForPrograms) {
  const std::vector<Problem> problems{
      {.field = "http.port", .message = "is taken", .kind = kind::kPortInUse, .facts = {{"port", std::int64_t{5000}}}},
      {.message = "and more"}};
  EXPECT_EQ(
      OnlyLine([&] { Error("view|task-0", "failed", problems); })["problems"],
      json::parse(R"([{"kind": "port-in-use", "field": "http.port", "message": "is taken", "facts": {"port": 5000}},
                            {"kind": "invalid-value", "field": null, "message": "and more", "facts": {}}])"));
}

TEST(JsonLog, IsOneLineOfAsciiWhateverIsSaid) {
  const std::string text = "two\nlines, \x1b[31m, \u202e and \xff \"quoted\"";
  testing::internal::CaptureStderr();
  SetFormat(Format::kJson);
  Info(text, text);
  SetFormat(Format::kText);
  const std::string line = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  EXPECT_TRUE(std::all_of(line.begin(), line.end(), [](char c) { return c == '\n' || (c >= ' ' && c < 0x7f); }))
      << line;
  EXPECT_EQ(json::parse(line)["message"], "two\nlines, \x1b[31m, \u202e and \ufffd \"quoted\"");
}

TEST(JsonLog, ShowsNoSecretInProblemsEither) {
  const auto hidden = base::HideInLog("safe", base::Secrets(std::set<std::string>{"open-sesame"}));
  const std::vector<Problem> problems{{.message = "no open-sesame", .facts = {{"word", std::string("open-sesame")}}}};
  for (const char* logger : {"safe|task-0", "herder"}) {
    const json line = OnlyLine([&] { Error(logger, "said open-sesame", problems); });
    EXPECT_EQ(line.dump().find("sesame"), std::string::npos) << line;
    EXPECT_EQ(line["problems"][0]["facts"]["word"], "[hidden]");
  }
}

TEST(JsonLog, LeavesOutWhatIsBelowTheLevel) {
  EXPECT_TRUE(Written([] { Debug("quiet", "nothing"); }).empty());
}

}  // namespace
}  // namespace framespool::log
