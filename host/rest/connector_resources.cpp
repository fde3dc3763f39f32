#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "config_json.h"
#include "entity_tag.h"
#include "error_response.h"
#include "resources.h"
#include "status_text.h"
#include "task_number.h"

namespace framespool::rest {

namespace {

Response ConnectorNotFound(const std::string& name) { return ErrorResponse(herder::NoSuchConnector(name).value()); }

/// `info` as who calls may read it.
Json InfoFor(const AccessAnswer& who, const herder::PluginReads& plugins, const runtime::ConnectorInfo& info) {
  if (who.level >= AccessLevel::kAdmin) return ToJson(info);
  runtime::ConnectorInfo shown = info;
  shown.config = ShownTo(who, plugins, info.config);
  return ToJson(shown);
}

/// The list of all connectors as text, for those of one level. Keeps what it wrote the last time: pages and monitors
/// ask for the list again and again, and little has changed meanwhile.
class ConnectorList {
 public:
  const std::string& Write(const AccessAnswer& who, const herder::PluginReads& plugins, runtime::ConnectorViews views,
                           bool with_status, bool with_info) {
    if (views == views_ && with_status == with_status_ && with_info == with_info_) return text_;
    connectors_.resize(views->size());
    text_ = "{";
    for (std::size_t i = 0; i < views->size(); ++i) {
      const Texts& connector = Update(who, plugins, connectors_[i], (*views)[i]);
      text_.append(i == 0 ? "" : ",").append(connector.name).append(":{");
      if (with_status) text_.append("\"status\":").append(connector.status);
      if (with_status && with_info) text_ += ',';
      if (with_info) text_.append("\"info\":").append(connector.info);
      text_ += '}';
    }
    text_ += '}';
    views_ = std::move(views);
    with_status_ = with_status;
    with_info_ = with_info;
    return text_;
  }

 private:
  struct Texts {
    runtime::ConnectorView of;
    std::string name = {};
    std::string status = {};
    std::string info = {};
  };

  static const Texts& Update(const AccessAnswer& who, const herder::PluginReads& plugins, Texts& texts,
                             const runtime::ConnectorView& view) {
    if (texts.of.info != view.info) {
      texts.name.clear();
      AppendQuoted(texts.name, view.info->name);
      texts.info = Dump(InfoFor(who, plugins, *view.info));
    }
    if (texts.of.status != view.status) {
      texts.status.clear();
      AppendStatus(texts.status, *view.status);
    }
    texts.of = view;
    return texts;
  }

  runtime::ConnectorViews views_;
  bool with_status_ = false;
  bool with_info_ = false;
  std::vector<Texts> connectors_;
  std::string text_;
};

}  // namespace

RawConfig ShownTo(const AccessAnswer& who, const herder::PluginReads& plugins, const RawConfig& config,
                  const RawConfig& also) {
  return who.level >= AccessLevel::kAdmin ? config : plugins.WithoutPasswords(config, also);
}

Response ListConnectors(const Reads& worker, const Call& call) {
  const auto expand = call.QueryValues("expand");
  if (expand.empty()) return {.body = Dump(Json(worker.connectors.Connectors()))};
  const auto wants = [&](std::string_view what) {
    return std::find(expand.begin(), expand.end(), what) != expand.end();
  };
  thread_local ConnectorList for_admins;
  thread_local ConnectorList for_others;
  ConnectorList& list = call.who.level >= AccessLevel::kAdmin ? for_admins : for_others;
  return {.body = list.Write(call.who, worker.plugins, worker.connectors.Views(), wants("status"), wants("info"))};
}

Response GetConnector(const Reads& worker, const Call& call) {
  const auto info = worker.connectors.Connector(call.params.at(0));
  return info ? Response{.body = Dump(InfoFor(call.who, worker.plugins, *info))} : ConnectorNotFound(call.params.at(0));
}

Response GetConnectorConfig(const Reads& worker, const Call& call) {
  const auto info = worker.connectors.Connector(call.params.at(0));
  if (!info) return ConnectorNotFound(call.params.at(0));
  // The tag as well: from one of the whole config who knows all but the password could find out that.
  const RawConfig shown = ShownTo(call.who, worker.plugins, info->config);
  return {.body = Dump(ToJson(shown)), .headers = {{"ETag", EntityTagOf(shown)}}};
}

Response GetTasksConfig(const Reads& worker, const Call& call) {
  const auto info = worker.connectors.Connector(call.params.at(0));
  if (!info) return ConnectorNotFound(call.params.at(0));
  Json configs = Json::object();
  for (const runtime::TaskInfo& task : info->tasks)
    configs[info->name + "-" + std::to_string(task.id)] =
        ToJson(ShownTo(call.who, worker.plugins, task.config, info->config));
  return {.body = Dump(configs)};
}

Response GetConnectorStatus(const Reads& worker, const Call& call) {
  const auto status = worker.connectors.Status(call.params.at(0));
  if (!status) return ErrorResponse(404, "No status found for connector " + call.params.at(0));
  return {.body = Dump(ToJson(*status))};
}

Response ListTasks(const Reads& worker, const Call& call) {
  const auto info = worker.connectors.Connector(call.params.at(0));
  if (!info) return ConnectorNotFound(call.params.at(0));
  Json tasks = Json::array();
  for (const runtime::TaskInfo& task : info->tasks) {
    tasks.push_back({{"id", {{"connector", info->name}, {"task", task.id}}},
                     {"config", ToJson(ShownTo(call.who, worker.plugins, task.config, info->config))}});
  }
  return {.body = Dump(tasks)};
}

Response GetTaskStatus(const Reads& worker, const Call& call) {
  const auto status = worker.connectors.Status(call.params.at(0));
  const auto number = TaskNumber(call.params.at(1));
  if (!status) return ErrorResponse(404, "No status found for connector " + call.params.at(0));
  const auto task =
      std::find_if(status->tasks.begin(), status->tasks.end(), [&](const auto& t) { return t.id == number; });
  if (task == status->tasks.end()) return ErrorResponse(NoSuchTask(call.params.at(0), call.params.at(1)).value());
  return {.body = Dump(ToJson(*task))};
}

}  // namespace framespool::rest
