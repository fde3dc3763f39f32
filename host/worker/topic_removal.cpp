#include "topic_removal.h"

#include <algorithm>

#include <framespool/errors.h>

namespace framespool::worker {

bool NamesTopic(const ConnectorInfo& connector, const std::string& topic) {
  const auto value = connector.config.find(connector.type == ConnectorType::kSource ? "topic" : "topics");
  if (value == connector.config.end()) return false;
  std::vector<std::string> topics;
  detail::FromText(value->second, topics);
  return std::find(topics.begin(), topics.end(), topic) != topics.end();
}

Outcome<Done> RemoveTopic(const std::string& topic, const std::vector<ConnectorView>& connectors,
                          broker::Broker& broker, SourceOffsets& sources, store::OffsetStore& store) {
  std::string users;
  for (const ConnectorView& connector : connectors) {
    const ConnectorInfo& info = *connector.info;
    if (!NamesTopic(info, topic)) continue;
    users += (users.empty() ? "" : ", ") + info.name + " (" + std::string(ToText(info.type)) + ")";
  }
  if (!users.empty()) {
    return Refusal{409, "Topic " + topic + " is used by " + users +
                            ": delete these connectors first, or let their topic or topics name another"};
  }
  try {
    if (!broker.DeleteTopic(topic))
      return Refusal{404, "There is no topic " + topic + "; GET /topics lists those there are"};
  } catch (const RetriableError& error) {
    return Refusal{503, "Topic " + topic + " is not deleted: " + error.what() + "; try again"};
  } catch (const broker::BrokerError& error) {
    return Refusal{409, "Topic " + topic + " is not deleted: " + error.what()};
  }
  sources.Forget(topic);
  store.DeleteConsumerOffsetsIn(topic);
  return Done{};
}

}  // namespace framespool::worker
