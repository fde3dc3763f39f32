#include "config/worker_config.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string_view>
#include <system_error>

#include <base/log.h>
#include <config/properties.h>
#include <config/value_checks.h>

#include "kafka_keys.h"

namespace framespool::config {

namespace {

constexpr std::string_view kConfigLogger = "config";
constexpr std::string_view kPrefix = "FRAMESPOOL_";
constexpr const char* kPluginPath = "plugin.path";
constexpr const char* kLogFormat = "log.format";
constexpr const char* kProviders = "config.providers";

/// Keys of Kafka Connect that a properties file written for it may hold and that mean nothing here.
constexpr std::array<std::string_view, 6> kOfConnectOnly = {"header.converter",       "offset.storage.",
                                                            "config.storage.",        "status.storage.",
                                                            "internal.key.converter", "internal.value.converter"};

bool IsConverterKey(std::string_view key) {
  for (const std::string_view converter : {"key.converter", "value.converter"}) {
    if (key == converter || (key.starts_with(converter) && key[converter.size()] == '.')) return true;
  }
  return false;
}

bool IsProviderKey(std::string_view key) { return key == kProviders || key.starts_with("config.providers."); }

/// What an environment variable means, without the prefix: VALUE_CONVERTER_SCHEMAS_ENABLE.
std::string KeyOfVariable(std::string_view name) {
  std::string key(name);
  std::transform(key.begin(), key.end(), key.begin(),
                 [](unsigned char c) { return c == '_' ? '.' : static_cast<char>(std::tolower(c)); });
  return key;
}

std::string EnvironmentName(std::string key) {
  std::transform(key.begin(), key.end(), key.begin(),
                 [](unsigned char c) { return c == '.' ? '_' : static_cast<char>(std::toupper(c)); });
  return std::string(kPrefix) + key;
}

std::vector<std::string> KnownKeys() {
  std::vector<std::string> keys;
  for (const FieldSpec& field : WorkerConfig::Describe().fields()) keys.push_back(field.name);
  return keys;
}

std::pair<LogLevel, std::string> RemarkOnUnknown(const std::string& origin, const std::string& key,
                                                 const std::vector<std::string>& known) {
  for (const std::string_view prefix : kOfConnectOnly) {
    if (key.starts_with(prefix))
      return {LogLevel::kInfo,
              origin + ": " + key + " is a key of Kafka Connect that has no meaning here; it is left out"};
  }
  const std::string nearest = Nearest(key, known);
  return {LogLevel::kWarn,
          origin + ": unknown key " + key + (nearest.empty() ? "" : ", did you mean " + nearest + "?")};
}

std::optional<Problem> RelativeRoot(const WorkerConfig& config) {
  for (const std::string& root : config.file_roots) {
    if (!root.starts_with('/'))
      return Problem{.message = "must be absolute folders, comma-separated, but has \"" + root + "\""};
  }
  return std::nullopt;
}

/// A page's origin as a browser writes it, or "*".
bool IsOrigin(const std::string& text) {
  if (text == "*") return true;
  const auto colon = text.find("://");
  if (colon == std::string::npos || colon == 0) return false;
  return colon + 3 < text.size() && text.find_first_of("/?#@* \"\\", colon + 3) == std::string::npos;
}

std::optional<Problem> WrongOrigin(const WorkerConfig& config) {
  for (const std::string& origin : config.allow_origins) {
    if (IsOrigin(origin)) continue;
    return Problem{.message =
                       "must be * or origins such as https://console.example.org or http://10.0.0.5:3000 (no path, no "
                       "slash at the end), comma-separated, but has \"" +
                       origin + "\""};
  }
  return std::nullopt;
}

/// Whether `host` can stand in a client's Host; a URL never does.
std::optional<Problem> WrongHost(const std::string& host) {
  if (host.find_first_of("/ @?#\"") == std::string::npos) return std::nullopt;
  return Problem{.message =
                     "must be a name such as video.example.org, without http:// and path, but has \"" + host + "\""};
}

std::optional<Problem> WrongAllowedHost(const WorkerConfig& config) {
  for (const std::string& host : config.allowed_hosts) {
    if (auto problem = WrongHost(host)) return problem;
  }
  return std::nullopt;
}

std::optional<Problem> WrongAdvertisedHost(const WorkerConfig& config) { return WrongHost(config.advertised_host); }

/// A list that is not empty and has no item: its owner meant something, and empty means something else.
std::optional<std::string> ListOfNothing(const FieldSpec& spec, const std::string& text) {
  std::vector<std::string> items;
  if (spec.type != FieldType::kList || Trim(text).empty()) return std::nullopt;
  ParseValue(text, items);
  if (!items.empty()) return std::nullopt;
  return "must be empty or name something, comma-separated, but is \"" + std::string(Trim(text)) + "\"";
}

void WarnOfMissingRoots(const WorkerConfig& config, const std::string& origin) {
  for (const std::string& root : config.file_roots) {
    std::error_code error;
    if (std::filesystem::is_directory(root, error)) continue;
    log::Warn(kConfigLogger,
              origin + ": file.roots names " + root + ", which is no folder here" +
                  (error && error != std::errc::no_such_file_or_directory ? " (" + error.message() + ")" : "") +
                  ": no file below it can be opened until there is one");
  }
}

}  // namespace

const ConfigDef<WorkerConfig>& WorkerConfig::Describe() {
  static const auto def = [] {
    ConfigDef<WorkerConfig> all;
    all.Field("listeners", &WorkerConfig::listeners,
              "Where the REST API listens: http://host:port or https://host:port, comma-separated. Port 0 picks a free "
              "one and logs it.")
        .Field("plugin.path", &WorkerConfig::plugin_path,
               "Folders with connector libraries, comma-separated. Empty: those that came with the program.")
        .Field("data.dir", &WorkerConfig::data_dir, "Where everything is kept. Created when missing; one worker each.")
        .Field("file.roots", &WorkerConfig::file_roots,
               "Folders below which connectors may open files, absolute, comma-separated. Empty: any file but the "
               "worker's own.")
        .Field("listeners.users.file", &WorkerConfig::users_file,
               "Who may use the REST API, the page and the connectors that listen: a file of lines name:role:hash "
               "(framespool user add). Empty: nobody is asked, and all of them listen on this machine alone.")
        .Field("listeners.https.ssl.certificate.location", &WorkerConfig::https_certificate,
               "A file (PEM) with the certificate, and those that sign it, for https:// in listeners and for every "
               "connector that listens. Read again when it changes. Empty: nobody is answered by TLS.")
        .Field("listeners.https.ssl.key.location", &WorkerConfig::https_key,
               "A file (PEM) with the certificate's private key. Empty: it stands in the certificate's file.")
        .Field("listeners.https.ssl.key.password", &WorkerConfig::https_key_password,
               "What the private key is encrypted with. Empty: it is not.")
        .Secret()
        .Field("listeners.insecure", &WorkerConfig::insecure,
               "Whether the worker and its connectors listen beyond this machine though nobody is asked: whoever "
               "reaches them may do everything.")
        .Field("listeners.allowed.hosts", &WorkerConfig::allowed_hosts,
               "Names, besides its own, by which clients may call this worker (HTTP's Host), comma-separated; *: any.")
        .Field("rest.advertised.host.name", &WorkerConfig::advertised_host,
               "The name by which clients call this worker; counts as one of listeners.allowed.hosts.")
        .Field("access.control.allow.origin", &WorkerConfig::allow_origins,
               "Origins whose pages may use the REST API, as https://host, comma-separated; *: all.")
        .Field("listeners.trust.forwarded", &WorkerConfig::trust_forwarded,
               "Whether X-Forwarded-Host, -Proto and -Prefix, or Forwarded, of a proxy in front are believed.")
        .Field(
            "worker.id", &WorkerConfig::worker_id,
            "What status answers call this worker. Empty: its host:port; of workers of one group.id the host is "
            "rest.advertised.host.name, or this machine's name where listeners has an address that every machine has.")
        .Field("config.providers", &WorkerConfig::config_providers,
               "Names of config providers, comma-separated: config.providers.<name>.class and .param.*. What they know "
               "stands in configs as ${name:path:key}.")
        .Field("log.level", &WorkerConfig::log_level, "The least level that is logged.")
        .OneOf({"trace", "debug", "info", "warn", "error", "off"})
        .Field(kLogFormat, &WorkerConfig::log_format,
               "How lines of the log are: text, or json, an object a line with what is said for programs.")
        .OneOf({"text", "json"})
        .Field("offset.flush.interval.ms", &WorkerConfig::offset_flush_interval,
               "How often offsets of sources and of sinks that take records by Put are written to the store.")
        .Range(1, 86400000)
        .Field("offsets.retention.minutes", &WorkerConfig::offsets_retention,
               "How long the position of a viewer's own group is kept after its last use; a sink's own position stays.")
        .AtLeast(1)
        .Field("task.shutdown.graceful.timeout.ms", &WorkerConfig::shutdown_timeout,
               "How long tasks may take to stop before they are abandoned.")
        .Range(0, 3600000)
        .Field("task.stall.timeout.ms", &WorkerConfig::stall_timeout,
               "How long a call of a connector's code may neither return nor report anything before its task is said "
               "to be stalled, unless the connector's config says otherwise; 0: for ever.")
        .AtLeast(0)
        .Field("num.partitions", &WorkerConfig::partitions, "Partitions of a topic that is created on first use.")
        .Range(1, 1024)
        .Field("log.segment.bytes", &WorkerConfig::segment_bytes, "The embedded log drops whole segments of this size.")
        .Range(1 << 20, 2147483647)
        .Field("log.flush.interval.ms", &WorkerConfig::flush_interval,
               "fdatasync at most this long after a record was written; 0: before it is acknowledged.")
        .Range(0, 60000)
        .Field("log.retention.ms", &WorkerConfig::retention, "How long a record is kept; -1: no limit.")
        .AtLeast(-1)
        .Field("log.retention.bytes", &WorkerConfig::retention_bytes, "How much a partition keeps; -1: no limit.")
        .AtLeast(-1)
        .Field("log.total.bytes", &WorkerConfig::total_bytes,
               "How much all topics together keep; 0: half of the space that their file system has at start.")
        .AtLeast(0)
        .Field("log.free.space.floor.bytes", &WorkerConfig::free_floor,
               "Records are refused while the file system has less free space than this.")
        .AtLeast(0)
        .Field("message.max.bytes", &WorkerConfig::message_max,
               "The largest record that a topic takes; a Kafka topic that exists has its own max.message.bytes.")
        .Range(1024, 1 << 30)
        .Rule("file.roots", RelativeRoot)
        .Rule("listeners.allowed.hosts", WrongAllowedHost)
        .Rule("rest.advertised.host.name", WrongAdvertisedHost)
        .Rule("access.control.allow.origin", WrongOrigin);
    DeclareKafkaKeys(all);
    return all;
  }();
  return def;
}

std::vector<std::string> WorkerKeys::plugin_path() const {
  std::vector<std::string> folders;
  if (const auto given = own.find(kPluginPath); given != own.end()) ParseValue(given->second, folders);
  return folders;
}

log::Format WorkerKeys::log_format() const {
  const auto given = own.find(kLogFormat);
  return given == own.end() ? log::Format::kText : log::FormatNamed(given->second);
}

WorkerKeys ReadWorkerKeys(const std::filesystem::path& file, const std::vector<std::string>& environment) {
  const RawConfig from_file = ParseProperties(ReadConfigFile(file));
  const std::vector<std::string> known = KnownKeys();
  WorkerKeys keys{.file = file.string()};
  const auto put = [&](const std::string& key, const std::string& value, const std::string& origin) {
    RawConfig& place = IsProviderKey(key)    ? keys.providers
                       : IsClientKey(key)    ? keys.client_settings
                       : IsConverterKey(key) ? keys.converters
                                             : keys.own;
    place[key] = value;
    // What stands below it is of no use without the list itself.
    if (key == kProviders) keys.own[key] = value;
    keys.origin[key] = origin;
  };
  for (const auto& [key, value] : from_file) {
    const bool is_known = IsProviderKey(key) || IsClientKey(key) || IsConverterKey(key) ||
                          std::find(known.begin(), known.end(), key) != known.end();
    if (is_known)
      put(key, value, keys.file);
    else
      keys.remarks.push_back(RemarkOnUnknown(keys.file, key, known));
  }
  std::map<std::string, std::string> by_name;
  for (const std::string& key : known) by_name[EnvironmentName(key)] = key;
  for (const std::string& variable : environment) {
    if (!variable.starts_with(kPrefix)) continue;
    const auto equals = variable.find('=');
    const std::string name = variable.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : variable.substr(equals + 1);
    const std::string origin = "environment " + name;
    if (const auto key = by_name.find(name); key != by_name.end()) {
      put(key->second, value, origin);
      continue;
    }
    const std::string_view rest = std::string_view(name).substr(kPrefix.size());
    if (const auto key = KeyOfVariable(rest); IsConverterKey(key) || IsProviderKey(key)) {
      put(key, value, origin);
    } else if (const auto client_key = ClientKeyOfVariable(rest)) {
      put(*client_key, value, origin);
    } else {
      std::vector<std::string> names;
      for (const auto& [known_name, unused] : by_name) names.push_back(known_name);
      keys.remarks.push_back(RemarkOnUnknown("environment", name, names));
    }
  }
  return keys;
}

namespace {

/// Problems of keys, each with where the key was found in front.
class Complaints {
 public:
  explicit Complaints(const WorkerKeys& keys) : keys_(keys) {}

  void Add(Problem problem) {
    const auto origin = keys_.origin.find(problem.field);
    text_ += (text_.empty() ? "" : "\n") + (origin == keys_.origin.end() ? keys_.file : origin->second) + ": " +
             ToText(problem);
    problems_.push_back(std::move(problem));
  }
  void ThrowIfAny() {
    if (!problems_.empty()) throw ConfigError(text_, std::move(problems_));
  }

 private:
  const WorkerKeys& keys_;
  std::string text_;
  std::vector<Problem> problems_;
};

/// What providers are found by cannot be asked of one.
void RequirePlain(const WorkerKeys& keys) {
  Complaints complaints(keys);
  const auto require = [&](const std::string& key, const std::string& value) {
    if (VariablesIn(value).empty()) return;
    complaints.Add({.field = key,
                    .message = "must stand here as it is, but is " + Quoted(value) +
                               ": config providers are found by it, so none can be asked for it"});
  };
  for (const auto& [key, value] : keys.providers) require(key, value);
  if (const auto path = keys.own.find(kPluginPath); path != keys.own.end()) require(path->first, path->second);
  complaints.ThrowIfAny();
}

/// Those of the values that the providers said of `settings`: the worker tells its other keys itself, in its log and to
/// its clients.
base::Secrets SecretsIn(const RawConfig& settings, const Resolution& resolution) {
  std::set<std::string> secrets;
  for (const Variable& variable : ConfigProviders::VariablesOf(settings))
    secrets.insert(*resolution.values.at(variable).value);
  return base::Secrets(secrets);
}

}  // namespace

ConfigProviders ProvidersOf(const WorkerKeys& keys, plugins::PluginRegistry& plugins) {
  RequirePlain(keys);
  try {
    return {keys.providers, plugins};
  } catch (const ConfigError& error) {
    Complaints complaints(keys);
    for (const Problem& problem : error.problems()) complaints.Add(problem);
    complaints.ThrowIfAny();
    throw;
  }
}

WorkerConfig WorkerConfigOf(const WorkerKeys& keys, const ConfigProviders& providers) {
  Complaints complaints(keys);
  RawConfig written = keys.own;
  written.insert(keys.client_settings.begin(), keys.client_settings.end());
  written.insert(keys.converters.begin(), keys.converters.end());
  const Resolution resolution = providers.Resolve(written);
  for (const auto& [key, problem] : resolution.problems) complaints.Add(problem);
  complaints.ThrowIfAny();
  const auto resolved = [&](RawConfig config) {
    for (auto& [key, value] : config) value = resolution.config.at(key);
    return config;
  };
  const RawConfig raw = resolved(keys.own);
  for (const FieldSpec& field : WorkerConfig::Describe().fields()) {
    const auto given = raw.find(field.name);
    auto problem = given == raw.end() ? std::nullopt : ListOfNothing(field, given->second);
    if (problem)
      complaints.Add(resolution.secrets.Hidden(
          Problem{.field = field.name, .message = std::move(*problem), .kind = kind::kRequired}));
  }
  for (FieldResult& result : WorkerConfig::Describe().Validate(raw)) {
    for (Problem& problem : result.errors) complaints.Add(resolution.secrets.Hidden(std::move(problem)));
  }
  complaints.ThrowIfAny();
  WorkerConfig config = WorkerConfig::Describe().Parse(raw);
  config.client_settings = resolved(keys.client_settings);
  config.converters = resolved(keys.converters);
  config.secrets = SecretsIn(keys.client_settings, resolution).With(SecretsIn(keys.converters, resolution));
  const auto roots = keys.origin.find("file.roots");
  WarnOfMissingRoots(config, roots == keys.origin.end() ? keys.file : roots->second);
  if (config.bootstrap_servers.empty() && !config.client_settings.empty()) {
    log::Warn(kConfigLogger,
              keys.file + ": " + config.client_settings.begin()->first +
                  " is for Kafka's clients, but bootstrap.servers is not set: the embedded broker takes no notice");
  }
  return config;
}

void LogRemarks(const WorkerKeys& keys) {
  for (const auto& [level, text] : keys.remarks) log::Write(level, kConfigLogger, text);
}

WorkerConfig LoadWorkerConfig(const std::filesystem::path& file, const std::vector<std::string>& environment) {
  const WorkerKeys keys = ReadWorkerKeys(file, environment);
  LogRemarks(keys);
  return WorkerConfigOf(keys, ConfigProviders());
}

}  // namespace framespool::config
