#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>
#include <string>

#include "route.h"

namespace framespool::rest {
namespace {

/// Holds the router's table and schemas/openapi.yaml to each other.
class OpenApi : public testing::Test {
 protected:
  struct Operation {
    std::string name;  // "GET /connectors"
    std::string path;
    YAML::Node path_item;
    YAML::Node node;
  };

  std::vector<Operation> Operations() const {
    std::vector<Operation> operations;
    for (const auto& path : document_["paths"]) {
      for (const auto& item : path.second) {
        std::string method = item.first.as<std::string>();
        if (method == "parameters") continue;
        std::transform(method.begin(), method.end(), method.begin(), [](unsigned char c) { return std::toupper(c); });
        const auto text = path.first.as<std::string>();
        operations.push_back({method + " " + text, text, path.second, item.second});
      }
    }
    return operations;
  }

  /// Follows a "$ref" within the document; an undefined node when it leads nowhere.
  YAML::Node Resolve(const YAML::Node& node) const {
    if (!node.IsMap() || !node["$ref"]) return node;
    YAML::Node at = document_;
    const auto reference = node["$ref"].as<std::string>();
    for (std::size_t begin = 2; begin < reference.size();) {
      const auto end = std::min(reference.find('/', begin), reference.size());
      at.reset(at[reference.substr(begin, end - begin)]);
      if (!at) return at;
      begin = end + 1;
    }
    return at;
  }

  void ExpectReferencesResolve(const YAML::Node& node) const {
    if (node.IsMap() && node["$ref"]) {
      EXPECT_TRUE(Resolve(node)) << node["$ref"];
      return;
    }
    if (node.IsMap()) {
      for (const auto& item : node) ExpectReferencesResolve(item.second);
    } else if (node.IsSequence()) {
      for (const auto& item : node) ExpectReferencesResolve(item);
    }
  }

  const YAML::Node document_ = YAML::LoadFile(FRAMESPOOL_OPENAPI);
};

TEST_F(OpenApi, HasTheSameOperationsAsTheRouter) {
  std::set<std::string> documented;
  for (const auto& operation : Operations()) documented.insert(operation.name);
  std::set<std::string> routed;
  for (const Route& route : Routes()) routed.insert(std::string(route.method) + " " + std::string(route.path));
  EXPECT_FALSE(routed.empty());
  EXPECT_EQ(routed, documented);
}

TEST_F(OpenApi, DeclaresTheParametersOfEachPath) {
  for (const auto& operation : Operations()) {
    std::set<std::string> in_path;
    for (auto open = operation.path.find('{'); open != std::string::npos; open = operation.path.find('{', open + 1)) {
      in_path.insert(operation.path.substr(open + 1, operation.path.find('}', open) - open - 1));
    }
    std::set<std::string> declared;
    for (const auto& parameter : operation.path_item["parameters"]) {
      const YAML::Node resolved = Resolve(parameter);
      EXPECT_TRUE(resolved["required"].as<bool>(false)) << operation.name;
      declared.insert(resolved["name"].as<std::string>());
    }
    EXPECT_EQ(in_path, declared) << operation.name;
  }
}

TEST_F(OpenApi, SaysWhichOperationsTakeABody) {
  for (const auto& operation : Operations()) {
    const auto route = std::find_if(Routes().begin(), Routes().end(), [&](const Route& r) {
      return operation.name == std::string(r.method) + " " + std::string(r.path);
    });
    if (route == Routes().end()) continue;  // HasTheSameOperationsAsTheRouter says so
    EXPECT_EQ(operation.node["requestBody"].IsDefined(), route->takes_body) << operation.name;
    EXPECT_EQ(operation.node["responses"]["415"].IsDefined(), route->takes_body) << operation.name;
    // A stopping worker makes no changes; topics are asked of a broker that may be away.
    const bool may_be_unavailable = route->change != nullptr || route->probe != nullptr ||
                                    operation.path == "/health" || operation.path.starts_with("/topics") ||
                                    operation.path.ends_with("/dead-letters");
    EXPECT_EQ(operation.node["responses"]["503"].IsDefined(), may_be_unavailable) << operation.name;
  }
}

TEST_F(OpenApi, DescribesEachOperationAndItsAnswers) {
  std::set<std::string> ids;
  for (const auto& operation : Operations()) {
    EXPECT_TRUE(ids.insert(operation.node["operationId"].as<std::string>("")).second) << operation.name;
    EXPECT_NE(operation.node["summary"].as<std::string>(""), "") << operation.name;
    bool succeeds = false;
    for (const auto& response : operation.node["responses"]) {
      const int status = response.first.as<int>();
      succeeds |= status < 300;
      EXPECT_NE(Resolve(response.second)["description"].as<std::string>(""), "") << operation.name << " " << status;
      EXPECT_TRUE(status < 400 || Resolve(response.second)["content"]["application/json"])
          << operation.name << " " << status;
    }
    EXPECT_TRUE(succeeds) << operation.name;
  }
}

TEST_F(OpenApi, RefersOnlyToWhatIsThere) { ExpectReferencesResolve(document_); }

TEST_F(OpenApi, EachRouteIsOneKindOfRoute) {
  for (const Route& route : Routes()) {
    EXPECT_EQ((route.read != nullptr) + (route.change != nullptr) + (route.inspect != nullptr) +
                  (route.probe != nullptr) + (route.check != nullptr) + (route.produce != nullptr) + route.logs_in,
              1)
        << route.path;
  }
}

}  // namespace
}  // namespace framespool::rest
