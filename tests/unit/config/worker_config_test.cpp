#include <config/worker_config.h>

#include <gmock/gmock.h>

#include <fstream>

#include "fakes/temporary_directory.h"

namespace framespool::config {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class WorkerConfigTest : public testing::Test {
 protected:
  WorkerConfig Load(const std::string& text, const std::vector<std::string>& environment = {}) {
    const auto file = folder_.path() / "worker.properties";
    std::ofstream(file) << text;
    return LoadWorkerConfig(file, environment);
  }
  std::string ReasonForRefusal(const std::string& text, const std::vector<std::string>& environment = {}) {
    try {
      Load(text, environment);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "loaded";
  }
  std::string LogOf(const std::string& text, const std::vector<std::string>& environment = {}) {
    testing::internal::CaptureStderr();
    Load(text, environment);
    return testing::internal::GetCapturedStderr();
  }
  TemporaryDirectory folder_;
};

TEST_F(WorkerConfigTest, ReadsLabelsThatPlacementCanName) {
  EXPECT_EQ(LabelsOf(Load("worker.labels=site=berlin, gpu,empty=")),
            (std::map<std::string, std::string>{{"empty", ""}, {"gpu", ""}, {"site", "berlin"}}));
  EXPECT_TRUE(LabelsOf(Load("")).empty());
  for (const char* bad : {"=berlin", "a=b=c", "a b", "!gpu", "(gpu)", "gpu&&site", "site=a|b"})
    EXPECT_THAT(ReasonForRefusal(std::string("worker.labels=") + bad), HasSubstr("worker.labels")) << bad;
  EXPECT_THAT(ReasonForRefusal("worker.labels=worker=w1"), HasSubstr("which is worker.id"));
  EXPECT_THAT(ReasonForRefusal("worker.labels=gpu,gpu=2"), HasSubstr("has gpu twice"));
}

TEST_F(WorkerConfigTest, HasADefaultForEveryKey) {
  const WorkerConfig config = Load("");
  EXPECT_EQ(config.listeners, "http://127.0.0.1:8083");
  EXPECT_EQ(config.flush_interval, std::chrono::milliseconds(100));
}

TEST_F(WorkerConfigTest, TakesTheEnvironmentOverTheFile) {
  const WorkerConfig config =
      Load("listeners=http://127.0.0.1:1\ndata.dir=/a\n",
           {"FRAMESPOOL_LISTENERS=http://127.0.0.1:0", "FRAMESPOOL_OFFSET_FLUSH_INTERVAL_MS=7", "PATH=/bin"});
  EXPECT_EQ(config.listeners, "http://127.0.0.1:0");
  EXPECT_EQ(config.offset_flush_interval, std::chrono::milliseconds(7));
  EXPECT_EQ(config.data_dir, "/a");
}

TEST_F(WorkerConfigTest, RefusesABadValueNamingFileKeyValueAndWhatIsAllowed) {
  EXPECT_THAT(ReasonForRefusal("num.partitions=none\n"), AllOf(HasSubstr("worker.properties: num.partitions"),
                                                               HasSubstr("between 1 and 1024"), HasSubstr("\"none\"")));
  EXPECT_THAT(ReasonForRefusal("log.level=loud\n"),
              AllOf(HasSubstr("log.level"), HasSubstr("trace, debug"), HasSubstr("\"loud\"")));
  EXPECT_THAT(ReasonForRefusal("", {"FRAMESPOOL_LOG_FLUSH_INTERVAL_MS=-5"}),
              AllOf(HasSubstr("environment FRAMESPOOL_LOG_FLUSH_INTERVAL_MS"), HasSubstr("log.flush.interval.ms"),
                    HasSubstr("\"-5\"")));
}

TEST_F(WorkerConfigTest, RefusesAListThatIsNotEmptyAndNamesNothing) {
  for (const char* key : {"file.roots", "plugin.path", "access.control.allow.origin", "listeners.allowed.hosts"}) {
    EXPECT_THAT(ReasonForRefusal(std::string(key) + "=,,\n"), AllOf(HasSubstr(key), HasSubstr("but is \",,\""))) << key;
    EXPECT_EQ(ReasonForRefusal(std::string(key) + "=\n"), "loaded") << key;
  }
  EXPECT_THAT(ReasonForRefusal("", {"FRAMESPOOL_FILE_ROOTS= , "}), HasSubstr("FRAMESPOOL_FILE_ROOTS: file.roots"));
}

TEST_F(WorkerConfigTest, WarnsOfARootThatIsNoFolder) {
  const std::string missing = (folder_.path() / "nope").string();
  EXPECT_THAT(LogOf("file.roots=" + missing + "\n"),
              AllOf(HasSubstr("file.roots names " + missing), HasSubstr(" W [")));
  EXPECT_THAT(LogOf("file.roots=" + folder_.path().string() + "\n"), testing::Not(HasSubstr("file.roots")));
}

TEST_F(WorkerConfigTest, RefusesOriginsAndHostsThatNoClientCouldSend) {
  for (const char* bad : {"foo", "https://", "https://a/b", "https://a/", "://a", "https://*.example.org"}) {
    EXPECT_THAT(ReasonForRefusal(std::string("access.control.allow.origin=") + bad + "\n"),
                AllOf(HasSubstr("access.control.allow.origin must be * or origins"), HasSubstr(bad)));
  }
  EXPECT_EQ(ReasonForRefusal("access.control.allow.origin=https://console.example.org,http://10.0.0.5:3000\n"),
            "loaded");
  EXPECT_EQ(ReasonForRefusal("access.control.allow.origin=*\n"), "loaded");
  EXPECT_THAT(ReasonForRefusal("listeners.allowed.hosts=http://video.example.org\n"),
              HasSubstr("listeners.allowed.hosts must be a name"));
  EXPECT_THAT(ReasonForRefusal("rest.advertised.host.name=http://video.example.org:8083/\n"),
              HasSubstr("rest.advertised.host.name must be a name"));
  EXPECT_EQ(ReasonForRefusal("listeners.allowed.hosts=video.example.org,[::1]:80,*\n"), "loaded");
}

TEST_F(WorkerConfigTest, WarnsOfAnUnknownKeyWithTheNearestKnownOne) {
  EXPECT_THAT(LogOf("listner=x\n"), HasSubstr("unknown key listner, did you mean listeners?"));
  EXPECT_THAT(LogOf("", {"FRAMESPOOL_DATADIR=x"}),
              HasSubstr("unknown key FRAMESPOOL_DATADIR, did you mean FRAMESPOOL_DATA_DIR?"));
}

TEST_F(WorkerConfigTest, SaysHowToLogBeforeItIsRead) {
  std::ofstream(folder_.path() / "json.properties") << "log.format=json\nlistner=x\n";
  const WorkerKeys keys = ReadWorkerKeys(folder_.path() / "json.properties", {});
  EXPECT_EQ(keys.log_format(), log::Format::kJson);
  EXPECT_THAT(keys.remarks, testing::ElementsAre(testing::Pair(LogLevel::kWarn, HasSubstr("unknown key listner"))));
  EXPECT_EQ(ReadWorkerKeys("/dev/null", {}).log_format(), log::Format::kText);
  EXPECT_THAT(ReasonForRefusal("log.format=xml\n"), AllOf(HasSubstr("log.format"), HasSubstr("text, json")));
}

TEST_F(WorkerConfigTest, TellsOfConnectsKeysThatMeanNothingHere) {
  EXPECT_THAT(LogOf("internal.key.converter=x\n"), HasSubstr("no meaning here"));
}

TEST_F(WorkerConfigTest, NamesTheTopicsOfItsStateAndWantsEachToBeOneOfItsOwn) {
  const StateTopicNames names =
      StateTopicsOf(Load("bootstrap.servers=k:9092\nconfig.storage.topic=c\nstatus.storage.topic=s\n"));
  EXPECT_EQ(names.config, "c");
  EXPECT_EQ(names.offsets, "framespool-offsets");
  EXPECT_EQ(names.status, "s");
  EXPECT_EQ(names.own, "c-framespool");
  EXPECT_THAT(ReasonForRefusal("config.storage.topic=c\n"),
              AllOf(HasSubstr("config.storage.topic"), HasSubstr("bootstrap.servers is not set")));
  EXPECT_THAT(ReasonForRefusal("bootstrap.servers=k:9092\nconfig.storage.topic=c\noffset.storage.topic=c\n"),
              AllOf(HasSubstr("offset.storage.topic"), HasSubstr("both c")));
  EXPECT_THAT(ReasonForRefusal("bootstrap.servers=k:9092\nconfig.storage.topic=a b\n"), HasSubstr("a topic's name"));
}

TEST_F(WorkerConfigTest, HasConvertersForConnectorsWithTheirKeysAlsoFromTheEnvironment) {
  const WorkerConfig config =
      Load("key.converter=a.LongConverter\nvalue.converter=a.JsonConverter\nvalue.converter.schemas.enable=true\n",
           {"FRAMESPOOL_VALUE_CONVERTER_SCHEMAS_ENABLE=false"});
  EXPECT_EQ(config.converters, (RawConfig{{"key.converter", "a.LongConverter"},
                                          {"value.converter", "a.JsonConverter"},
                                          {"value.converter.schemas.enable", "false"}}));
}

}  // namespace
}  // namespace framespool::config
