#include "config/passwords.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <string_view>
#include <utility>

#include <base/secrets.h>
#include <config/common_config.h>
#include <config/parts.h>

namespace framespool::config {

namespace {

constexpr std::string_view kWords[] = {"password", "passwd",  "secret",       "token",  "credential", "jaas",
                                       "private",  "api.key", "keystore.key", "apikey", "key.pem",    "basic.auth"};

bool SoundsSecret(std::string key) {
  std::transform(key.begin(), key.end(), key.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view word) { return key.find(word) != std::string::npos; });
}

/// Whether a key is a password, of all keys that are declared.
std::map<std::string, bool> DeclaredKeys(const RawConfig& config, const plugins::PluginRegistry& plugins) {
  std::map<std::string, bool> declared;
  const auto add = [&](const std::string& prefix, const plugins::PluginClass& plugin) {
    for (const FieldSpec& field : plugin.fields) declared[prefix + field.name] |= field.type == FieldType::kPassword;
  };
  if (const auto* plugin = plugins.Find(CommonConfigOf(config).connector_class)) add("", *plugin);
  const Parts parts = PartsOf(config, plugins);
  for (const Part* part : parts.All()) add(part->prefix, *part->plugin);
  return declared;
}

/// Calls `found` with the begin and the end of each "user:password" of a URL in `text`, the last one first.
template <class Found>
void FindUserInfos(const std::string& text, const Found& found) {
  for (auto at = text.rfind("://"); at != std::string::npos; at = at == 0 ? at : text.rfind("://", at - 1)) {
    const auto begin = at + 3;
    const std::string_view authority =
        std::string_view(text).substr(begin, text.find_first_of("/?# \t\n,;\"'", begin) - begin);
    if (const auto end = authority.rfind('@'); end != std::string_view::npos) found(begin, begin + end);
    if (at == 0) return;
  }
}

}  // namespace

std::set<std::string> PasswordKeys(const RawConfig& config, const plugins::PluginRegistry& plugins) {
  std::set<std::string> keys;
  const auto declared = DeclaredKeys(config, plugins);
  for (const auto& [key, value] : config) {
    const auto known = declared.find(key);
    if (known != declared.end() ? known->second : SoundsSecret(key)) keys.insert(key);
  }
  return keys;
}

RawConfig WithoutPasswords(RawConfig config, const plugins::PluginRegistry& plugins, const RawConfig& also) {
  RawConfig whole = config;
  whole.insert(also.begin(), also.end());
  const auto passwords = PasswordKeys(whole, plugins);
  for (auto& [key, value] : config) {
    if (passwords.contains(key)) {
      if (!value.empty()) value = base::Secrets::kHidden;
      continue;
    }
    const std::string text = value;
    FindUserInfos(text, [&value = value](std::size_t begin, std::size_t end) {
      value.replace(begin, end - begin, base::Secrets::kHidden);
    });
  }
  return config;
}

std::set<std::string> PasswordsOf(const RawConfig& config, const plugins::PluginRegistry& plugins) {
  std::set<std::string> passwords;
  const auto declared = DeclaredKeys(config, plugins);
  for (const auto& [key, value] : config) {
    const auto known = declared.find(key);
    if (known != declared.end() && known->second) passwords.insert(value);
    FindUserInfos(value, [&, &text = value](std::size_t begin, std::size_t end) {
      const std::string user_info = text.substr(begin, end - begin);
      if (const auto colon = user_info.find(':'); colon != std::string::npos)
        passwords.insert(user_info.substr(colon + 1));
    });
  }
  passwords.erase("");
  return passwords;
}

}  // namespace framespool::config
