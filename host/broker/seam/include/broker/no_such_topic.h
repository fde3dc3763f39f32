#pragma once

#include <string>

#include <framespool/problem.h>

namespace framespool::broker {

/// What is answered to whoever names a topic that there is not.
inline Problem NoSuchTopic(const std::string& name) {
  return {.message = "There is no topic " + name + "; GET /topics lists those there are",
          .kind = "no-such-topic",
          .facts = {{"topic", name}}};
}

}  // namespace framespool::broker
