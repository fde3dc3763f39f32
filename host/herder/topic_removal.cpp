#include "topic_removal.h"

#include <base/outcome.h>
#include <broker/no_such_topic.h>
#include <framespool/errors.h>

namespace framespool::herder {

base::Outcome<void> RemoveTopic(const std::string& topic, const std::vector<runtime::ConnectorView>& connectors,
                                broker::Broker& broker, runtime::SourceOffsets& sources, store::OffsetStore& store) {
  std::string users;
  std::string names;
  for (const runtime::ConnectorView& connector : connectors) {
    const runtime::ConnectorInfo& info = *connector.info;
    if (!info.topics.Hold(topic)) continue;
    names += (names.empty() ? "" : ",") + info.name;
    users += (users.empty() ? "" : ", ") + info.name + " (" + std::string(ToText(info.type)) + ")";
  }
  if (!users.empty()) {
    return base::Refuse(base::Reason::kConflict,
                        {.message = "Topic " + topic + " is used by " + users +
                                    ": delete these connectors first, or let their topic or topics name another",
                         .kind = "topic-in-use",
                         .facts = {{"topic", topic}, {"connectors", names}}});
  }
  try {
    if (!broker.DeleteTopic(topic)) return base::Refuse(base::Reason::kNotFound, broker::NoSuchTopic(topic));
  } catch (const RetriableError& error) {
    return base::Refuse(base::Reason::kUnavailable,
                        "Topic " + topic + " is not deleted: " + error.what() + "; try again", error.problems());
  } catch (const broker::BrokerError& error) {
    return base::Refuse(base::Reason::kConflict, "Topic " + topic + " is not deleted: " + error.what(),
                        error.problems());
  }
  sources.Forget(topic);
  store.DeleteConsumerOffsetsIn(topic);
  return {};
}

}  // namespace framespool::herder
