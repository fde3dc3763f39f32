#include "site/link_facts.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "topic/moment.h"

namespace framespool::mjpeg {

Answer LinkAnswer(const ViewerLink& link, const std::string& connector) {
  using Json = nlohmann::ordered_json;
  const auto time_or_null = [](const std::optional<Timestamp>& time) { return time ? Json(TimeText(*time)) : Json(); };
  Answer answer;
  answer.text = Json{{"connector", connector},
                     {"from", time_or_null(link.from)},
                     {"to", time_or_null(link.to)},
                     {"fps", link.most_fps > 0 ? Json(link.most_fps) : Json()},
                     {"has_clip", link.from && link.most_fps == 0},
                     {"expires", TimeText(link.expires)}}
                    .dump() +
                "\n";
  return answer;
}

}  // namespace framespool::mjpeg
