#include "topic_removal.h"

#include <algorithm>

#include <base/outcome.h>
#include <config/connector_config.h>
#include <framespool/errors.h>

namespace framespool::herder {

base::Outcome<base::Done> RemoveTopic(const std::string& topic, const std::vector<runtime::ConnectorView>& connectors,
                                      broker::Broker& broker, runtime::SourceOffsets& sources,
                                      store::OffsetStore& store) {
  std::string users;
  for (const runtime::ConnectorView& connector : connectors) {
    const runtime::ConnectorInfo& info = *connector.info;
    if (!config::NamesTopic(info.type, info.config, topic)) continue;
    users += (users.empty() ? "" : ", ") + info.name + " (" + std::string(ToText(info.type)) + ")";
  }
  if (!users.empty()) {
    return base::Refusal{409, "Topic " + topic + " is used by " + users +
                                  ": delete these connectors first, or let their topic or topics name another"};
  }
  try {
    if (!broker.DeleteTopic(topic))
      return base::Refusal{404, "There is no topic " + topic + "; GET /topics lists those there are"};
  } catch (const RetriableError& error) {
    return base::Refusal{503, "Topic " + topic + " is not deleted: " + error.what() + "; try again"};
  } catch (const broker::BrokerError& error) {
    return base::Refusal{409, "Topic " + topic + " is not deleted: " + error.what()};
  }
  sources.Forget(topic);
  store.DeleteConsumerOffsetsIn(topic);
  return base::Done{};
}

}  // namespace framespool::herder
