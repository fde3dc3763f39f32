#include "quarantine.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <base/fields_json.h>
#include <base/log.h>
#include <base/private_files.h>
#include <config/common_config.h>

namespace framespool::herder {

namespace {

std::string TextOf(const Fields& fields, const char* key) {
  const auto found = fields.find(key);
  const auto* text = found == fields.end() ? nullptr : std::get_if<std::string>(&found->second);
  return text == nullptr ? "" : *text;
}

}  // namespace

Quarantine::Quarantine(std::filesystem::path file) : file_(std::move(file)) {
  if (!file_.empty()) Read();
}

void Quarantine::Read() {
  std::ifstream lines(file_);
  for (std::string line; std::getline(lines, line);) {
    try {
      const Fields fields = FieldsFromJson(line);
      const auto since = fields.find("since_ms");
      const auto* ms = since == fields.end() ? nullptr : std::get_if<std::int64_t>(&since->second);
      inmates_[TextOf(fields, "connector")] = {.signal = TextOf(fields, "signal"),
                                               .thread = TextOf(fields, "thread"),
                                               .evidence = TextOf(fields, "evidence"),
                                               .since_ms = ms == nullptr ? 0 : *ms};
    } catch (const std::invalid_argument& error) {
      log::Warn("herder", file_.string() + ": a line that says of no connector why it does not run: " + error.what());
    }
  }
}

std::optional<Quarantine::Reason> Quarantine::ReasonOf(const std::string& connector) const {
  const auto found = inmates_.find(connector);
  if (found == inmates_.end()) return std::nullopt;
  const Inmate& inmate = found->second;
  const std::string first = inmate.evidence.substr(0, inmate.evidence.find('\n'));
  const std::string rest = inmate.evidence.substr(first.size());
  const std::string what = "The worker was ended by this connector: " + first +
                           ". It does not run until somebody restarts it or changes its config";
  return Reason{
      .trace = what + rest,
      .problem = {.message = what,
                  .kind = "connector-crashed",
                  .facts = {{"signal", inmate.signal}, {"thread", inmate.thread}, {"since_ms", inmate.since_ms}}}};
}

void Quarantine::Put(const std::string& connector, int signal, const std::string& thread, std::string evidence) {
  inmates_[connector] = {.signal = base::SignalName(signal),
                         .thread = thread,
                         .evidence = std::move(evidence),
                         .since_ms = Now().time_since_epoch().count()};
  Write();
}

void Quarantine::Release(const std::string& connector) {
  if (inmates_.erase(connector) > 0) Write();
}

void Quarantine::Write() const {
  if (file_.empty()) return;
  const std::filesystem::path draft = file_.string() + ".draft";
  std::error_code error;
  if (inmates_.empty()) {
    std::filesystem::remove(file_, error);
    return;
  }
  {
    std::ofstream lines(draft, std::ios::trunc);
    std::filesystem::permissions(draft, std::filesystem::perms(base::kPrivateFile), error);
    for (const auto& [connector, inmate] : inmates_) {
      lines << ToJson(Fields{{"connector", connector},
                             {"signal", inmate.signal},
                             {"thread", inmate.thread},
                             {"evidence", inmate.evidence},
                             {"since_ms", inmate.since_ms}})
            << "\n";
    }
    lines.close();
    if (!lines) error = std::make_error_code(std::errc::io_error);
  }
  if (!error) std::filesystem::rename(draft, file_, error);
  if (error) {
    log::Warn("herder", "which connectors do not run because they have ended the worker could not be written to " +
                            file_.string() + " (" + error.message() + "): the next start runs them again");
  }
}

std::optional<std::string> GuiltyOf(const base::CrashReport& crash,
                                    const std::vector<store::StoredConnector>& connectors,
                                    const plugins::PluginRegistry& plugins) {
  if (!crash.connector.empty()) {
    const bool is_known =
        std::ranges::any_of(connectors, [&](const auto& each) { return each.name == crash.connector; });
    return is_known ? std::optional(crash.connector) : std::nullopt;
  }
  std::set<std::string> suspects;
  for (const store::StoredConnector& each : connectors) {
    const auto* plugin = plugins.Find(config::CommonConfigOf(each.config).connector_class);
    if (plugin == nullptr || each.target == store::TargetState::kStopped) continue;
    const std::string library = plugins.LibraryOf(*plugin).string();
    if (std::ranges::any_of(crash.backtrace,
                            [&](const std::string& frame) { return frame.starts_with(library + "("); }))
      suspects.insert(each.name);
  }
  return suspects.size() == 1 ? std::optional(*suspects.begin()) : std::nullopt;
}

}  // namespace framespool::herder
