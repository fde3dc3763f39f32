#include "config/listening.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <utility>

#include <framespool/errors.h>

namespace framespool::config {

namespace {

std::string ValueOf(const FieldSpec& field, const RawConfig& config) {
  const auto given = config.find(field.name);
  return std::string(Trim(given != config.end() ? given->second : field.default_value.value_or("")));
}

/// The keys with which a connector asks for something itself, as "http.basic.auth or http.bearer.token".
std::string CredentialsOf(std::span<const FieldSpec> fields) {
  std::string keys;
  for (const FieldSpec& field : fields) {
    if (field.role == Role::kCredential) keys.append(keys.empty() ? "" : " or ").append(field.name);
  }
  return keys;
}

}  // namespace

bool IsOfThisMachine(std::string_view host) {
  if (host == "localhost") return true;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const std::string text(host);
  in_addr v4{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, text.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

Problem OpenToAll(std::string field, const std::string& where, const std::string& instead) {
  return {.field = std::move(field),
          .message =
              "must be an address of this machine alone, such as 127.0.0.1, where nobody is asked who he is, "
              "but is " +
              where +
              ": everybody who reaches that could use it. Write listeners.users.file=FILE into the worker's "
              "properties (framespool user add FILE NAME admin makes the first line of it), " +
              instead + "or listeners.insecure=true where all who can reach it may",
          .kind = "open-to-all",
          .facts = {{"address", where}}};
}

std::vector<Problem> Listening::Problems(std::span<const FieldSpec> fields, const RawConfig& config) const {
  if (anywhere_) return {};
  const bool asks = std::any_of(fields.begin(), fields.end(), [&](const FieldSpec& field) {
    return field.role == Role::kCredential && !ValueOf(field, config).empty();
  });
  if (asks) return {};
  const std::string credentials = CredentialsOf(fields);
  std::vector<Problem> problems;
  for (const FieldSpec& field : fields) {
    if (field.role != Role::kHost) continue;
    if (const std::string host = ValueOf(field, config); !IsOfThisMachine(host)) {
      problems.push_back(
          OpenToAll(field.name, host, credentials.empty() ? "" : "or " + credentials + " into this config, "));
    }
  }
  return problems;
}

void Listening::Require(std::span<const FieldSpec> fields, const RawConfig& config) const {
  if (auto problems = Problems(fields, config); !problems.empty()) throw ConfigError(std::move(problems));
}

}  // namespace framespool::config
