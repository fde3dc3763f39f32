#pragma once

#include <set>
#include <string>

#include <framespool/config_def.h>
#include <plugins/plugin_registry.h>

/// What of a connector's config is for admins alone: values of fields of the type password, of the connector and of its
/// chain; of keys that nobody declares (a library that is gone, settings of a Kafka client) those whose name sounds
/// like it; and the user and the password of a URL, whatever key it stands at. No I/O.
namespace framespool::config {

/// Which keys of `config` have values that are passwords as a whole.
std::set<std::string> PasswordKeys(const RawConfig& config, const plugins::PluginRegistry& plugins);

/// `config` with [hidden] in their place. `also`: keys of this config say which class it is of and what its chain is,
/// where `config` itself does not.
RawConfig WithoutPasswords(RawConfig config, const plugins::PluginRegistry& plugins, const RawConfig& also = {});

/// The values of declared passwords and the passwords of URLs, to be hidden in what is written about a connector.
std::set<std::string> PasswordsOf(const RawConfig& config, const plugins::PluginRegistry& plugins);

}  // namespace framespool::config
