#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <herder/herder.h>

namespace framespool::fakes {

/// A plugin of each kind, one of them with a few config keys. Checks run where the test lets them.
class FakePlugins final : public herder::PluginReads {
 public:
  using Post = std::function<void(std::function<void()> work)>;
  explicit FakePlugins(Post post) : post_(std::move(post)) {}

  std::vector<herder::PluginInfo> Plugins() const override {
    return {{"VideoFileSource", PluginKind::kSource, "0.1.0"},
            {"MjpegHttpSink", PluginKind::kView, "0.1.0"},
            {"InsertHeader", PluginKind::kTransform, "1.2.0"},
            {"HasHeaderKey", PluginKind::kPredicate, "1.2.0"},
            {"JsonConverter", PluginKind::kConverter, "1.2.0"},
            {"FileConfigProvider", PluginKind::kConfigProvider, "1.2.0"}};
  }
  base::Outcome<std::vector<MetricSpec>> PluginMetrics(const std::string& plugin) const override {
    if (plugin != "VideoFileSource")
      return base::Refuse(base::Reason::kNotFound, {.message = "Unknown plugin " + plugin});
    return std::vector<MetricSpec>{{.name = "frames_read",
                                    .kind = MetricKind::kCounter,
                                    .unit = "frames",
                                    .doc = "Read.",
                                    .plot = "Reading",
                                    .label = "read",
                                    .role = MetricRole::kPosition},
                                   {.name = "end_of_file",
                                    .kind = MetricKind::kInfo,
                                    .unit = "",
                                    .doc = "Whether.",
                                    .role = MetricRole::kEnded,
                                    .setting = "loop"}};
  }
  base::Outcome<std::vector<config::ConfigReport::Key>> PluginConfig(const std::string& plugin) const override {
    auto report = Report(plugin, {});
    if (!report) return base::PassOn(report);
    return report->keys;
  }
  base::Outcome<config::ConfigReport> Validate(const std::string& plugin, const RawConfig& config) override {
    return Report(plugin, config);
  }

  std::vector<config::ConfigWarning> Warnings(const RawConfig& config) const override {
    if (!config.contains("fromat")) return {};
    return {{"fromat", "is no key of VideoFileSource and has no effect; did you mean format?", "format"}};
  }
  std::string PluginVersion(const std::string& plugin) const override {
    return plugin == "VideoFileSource" ? "0.1.0" : "";
  }
  /// All of "secret".
  RawConfig WithoutPasswords(const RawConfig& config, const RawConfig& /*also*/) const override {
    RawConfig shown = config;
    if (const auto found = shown.find("secret"); found != shown.end()) found->second = "[hidden]";
    return shown;
  }
  void PostCheck(std::function<void()> work) override { post_(std::move(work)); }
  base::Outcome<void> AdmitProbe(const std::string& plugin, const RawConfig& config) override {
    if (plugin != "VideoFileSource")
      return base::Refuse(base::Reason::kNotFound, {.message = "Unknown plugin " + plugin});
    if (!config.contains("file")) return base::Refuse(base::Reason::kInvalid, {.message = "file is required"});
    return {};
  }

 private:
  base::Outcome<config::ConfigReport> Report(const std::string& plugin, const RawConfig& config) const {
    if (plugin != "VideoFileSource")
      return base::Refuse(base::Reason::kNotFound, {.message = "Unknown plugin " + plugin});
    FieldSpec file;
    file.name = "file";
    file.doc = "The video.";
    file.importance = Importance::kHigh;
    FieldSpec format;
    format.name = "format";
    format.doc = "The encoding.";
    format.default_value = "auto";
    format.group = "Encoding";
    format.choices = {"auto", "jpeg", "png"};
    FieldSpec secret;
    secret.name = "token";
    secret.type = FieldType::kPassword;
    secret.doc = "A secret.";
    secret.default_value = "";
    const std::vector<FieldSpec> specs{file, format, secret};
    config::ConfigReport report{.name = plugin, .error_count = 0, .groups = {"Encoding"}, .keys = {}};
    for (auto& result : ValidateFields(specs, config)) {
      const FieldSpec& spec = specs.at(report.keys.size());
      report.error_count += result.errors.empty() ? 0 : 1;
      report.keys.push_back({.spec = spec, .result = std::move(result), .order = spec.name == "token" ? 2 : 1});
    }
    report.warnings = Warnings(config);
    return report;
  }

  const Post post_;
};

}  // namespace framespool::fakes
