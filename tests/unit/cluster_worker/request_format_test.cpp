#include "request_format.h"

#include <gmock/gmock.h>

namespace framespool::cluster {
namespace {

Request Through(const Action& action) {
  const Request request{
      .id = "id", .by = "eve", .patience = std::chrono::milliseconds(500), .if_match = "tag", .action = action};
  return RequestFromJson("id", ToJson(request));
}

TEST(RequestFormat, ReadsEachRequestThatItHasWritten) {
  const Request create =
      Through(CreateConnector{{.name = "cam", .config = {{"k", "\xff"}}, .target = store::TargetState::kPaused}});
  EXPECT_EQ(create.id, "id");
  EXPECT_EQ(create.by, "eve");
  EXPECT_EQ(create.patience.count(), 500);
  EXPECT_EQ(create.if_match, "tag");
  EXPECT_EQ(std::get<CreateConnector>(create.action).connector.name, "cam");
  EXPECT_EQ(std::get<CreateConnector>(create.action).connector.target, store::TargetState::kPaused);
  EXPECT_EQ(std::get<PutConfig>(Through(PutConfig{"cam", {{"k", "v"}}}).action).config, (RawConfig{{"k", "v"}}));
  const std::vector<RawConfig> shares = {{{"files", "a"}}, {}};
  EXPECT_EQ(std::get<CreateConnector>(create.action).split, std::nullopt) << "nobody has asked the plugin";
  EXPECT_EQ(std::get<CreateConnector>(Through(CreateConnector{{.name = "cam", .config = {}}, shares}).action).split,
            shares);
  EXPECT_EQ(std::get<PutConfig>(Through(PutConfig{"cam", {}, shares}).action).split, shares);
  EXPECT_EQ(std::get<PutConfig>(Through(PutConfig{"cam", {}, std::vector<RawConfig>()}).action).split,
            std::vector<RawConfig>())
      << "it has no work";
  const auto patch = std::get<PatchConfig>(Through(PatchConfig{"cam", {{"a", "1"}, {"b", std::nullopt}}}).action);
  EXPECT_EQ(patch.changes.at("a"), "1");
  EXPECT_EQ(patch.changes.at("b"), std::nullopt);
  EXPECT_EQ(std::get<DeleteConnector>(Through(DeleteConnector{"cam"}).action).name, "cam");
  EXPECT_EQ(std::get<SetTarget>(Through(SetTarget{"cam", store::TargetState::kStopped}).action).target,
            store::TargetState::kStopped);
  EXPECT_EQ(std::get<RestartTasks>(Through(RestartTasks{"cam", {0, 2}}).action).tasks, (std::vector<int>{0, 2}));
  EXPECT_TRUE(std::get<RestartTasks>(Through(RestartTasks{"cam", {}, true}).action).connector);
  const auto split = std::get<SplitWork>(Through(SplitWork{"cam", 3, {{{"files", "a"}}, {}}}).action);
  EXPECT_EQ(split.revision, 3U);
  EXPECT_EQ(split.shares, (std::vector<RawConfig>{{{"files", "a"}}, {}}));
}

TEST(RequestFormat, RefusesWhatIsNone) {
  for (const char* text : {"", "{", "[]", "{}", R"({"by":"e","patience_ms":1,"action":{"do":"dance","name":"x"}})",
                           R"({"by":"e","patience_ms":1,"action":{"do":"target","name":"x","target":"ON"}})",
                           R"({"by":"e","patience_ms":"1","action":{"do":"delete","name":"x"}})"}) {
    EXPECT_ANY_THROW(RequestFromJson("id", text)) << text;
  }
}

}  // namespace
}  // namespace framespool::cluster
