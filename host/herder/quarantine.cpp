#include "quarantine.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include <base/fields_json.h>
#include <base/log.h>
#include <base/private_files.h>

namespace framespool::herder {

namespace {

/// Two crashes within that are no accident.
constexpr std::chrono::minutes kSuspectedFor{10};
constexpr char kBetween = '\n';  // of names in one text; none has it

template <class T>
T ValueOf(const Fields& fields, const char* key) {
  const auto found = fields.find(key);
  const auto* value = found == fields.end() ? nullptr : std::get_if<T>(&found->second);
  return value == nullptr ? T() : *value;
}

std::string Joined(const std::vector<std::string>& names, std::string_view between) {
  std::string text;
  for (const std::string& name : names) text.append(text.empty() ? "" : between).append(name);
  return text;
}

std::vector<std::string> Split(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const auto end = text.find(kBetween);
    names.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return names;
}

/// Whether a frame, as the crash recorder writes it, is of that library.
bool IsIn(const std::string& frame, const std::string& library) {
  return frame.size() > library.size() && frame.starts_with(library) && frame[library.size()] == '(';
}

/// Of everything that the connector's config names a class of.
std::set<std::string> LibrariesOf(const store::StoredConnector& connector, const plugins::PluginRegistry& plugins) {
  std::set<std::string> libraries;
  for (const auto& [key, value] : connector.config) {
    if (const auto* plugin = plugins.FindAny(value)) libraries.insert(plugins.LibraryOf(*plugin).string());
  }
  return libraries;
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
      inmates_[ValueOf<std::string>(fields, "connector")] = {
          .signal = ValueOf<std::string>(fields, "signal"),
          .thread = ValueOf<std::string>(fields, "thread"),
          .evidence = ValueOf<std::string>(fields, "evidence"),
          .since_ms = ValueOf<std::int64_t>(fields, "since_ms"),
          .suspects = Split(ValueOf<std::string>(fields, "suspects")),
          .library = ValueOf<std::string>(fields, "library"),
          .is_free = ValueOf<bool>(fields, "is_free")};
    } catch (const std::invalid_argument& error) {
      log::Warn("herder", file_.string() + ": a line that says of no connector why it does not run: " + error.what());
    }
  }
}

std::optional<Quarantine::Reason> Quarantine::ReasonOf(const std::string& connector) const {
  const auto found = inmates_.find(connector);
  if (found == inmates_.end() || found->second.is_free) return std::nullopt;
  const Inmate& inmate = found->second;
  const std::string first = inmate.evidence.substr(0, inmate.evidence.find('\n'));
  const std::string rest = inmate.evidence.substr(first.size());
  Fields facts = {{"signal", inmate.signal}, {"thread", inmate.thread}, {"since_ms", inmate.since_ms}};
  std::string what = "The worker was ended by this connector: " + first +
                     ". It does not run until somebody restarts it or changes its config";
  if (!inmate.suspects.empty()) {
    const std::string suspects = Joined(inmate.suspects, ", ");
    what = "The worker was ended more than once by one of the connectors that use " + inmate.library + " (" + suspects +
           "), and nobody can tell by which: " + first +
           ". None of them runs until somebody restarts it or changes its config; restart one after the other to find "
           "out";
    facts["suspects"] = suspects;
    facts["library"] = inmate.library;
  }
  return Reason{.trace = what + rest,
                .problem = {.message = what, .kind = "connector-crashed", .facts = std::move(facts)}};
}

void Quarantine::Put(const std::string& connector, int signal, const std::string& thread, std::string evidence) {
  inmates_[connector] = {.signal = base::SignalName(signal),
                         .thread = thread,
                         .evidence = std::move(evidence),
                         .since_ms = Now().time_since_epoch().count()};
  Write();
}

bool Quarantine::PutSuspects(const Culprits& culprits, const base::CrashReport& crash, Timestamp now) {
  const auto was_suspected = [&](const std::string& name) {
    const auto found = inmates_.find(name);
    return found != inmates_.end() && found->second.is_free && found->second.library == culprits.library &&
           now - Timestamp(std::chrono::milliseconds(found->second.since_ms)) < kSuspectedFor;
  };
  const bool are_in = std::ranges::any_of(culprits.connectors, was_suspected);
  std::erase_if(inmates_, [&](const auto& each) { return each.second.is_free && !was_suspected(each.first); });
  for (const std::string& name : culprits.connectors) {
    if (inmates_.contains(name) && !inmates_.at(name).is_free) continue;
    inmates_[name] = {.signal = base::SignalName(crash.signal),
                      .thread = crash.thread,
                      .evidence = base::ToText(crash),
                      .since_ms = now.time_since_epoch().count(),
                      .suspects = {culprits.connectors.begin(), culprits.connectors.end()},
                      .library = culprits.library,
                      .is_free = !are_in};
  }
  Write();
  return are_in;
}

void Quarantine::Release(const std::string& connector) {
  const auto found = inmates_.find(connector);
  if (found == inmates_.end() || found->second.is_free) return;
  inmates_.erase(found);
  Write();
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
      Fields fields = {{"connector", connector},
                       {"signal", inmate.signal},
                       {"thread", inmate.thread},
                       {"evidence", inmate.evidence},
                       {"since_ms", inmate.since_ms}};
      if (!inmate.suspects.empty()) {
        fields["suspects"] = Joined(inmate.suspects, {&kBetween, 1});
        fields["library"] = inmate.library;
        fields["is_free"] = inmate.is_free;
      }
      lines << ToJson(fields) << "\n";
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

Culprits CulpritsOf(const base::CrashReport& crash, const std::vector<store::StoredConnector>& connectors,
                    const plugins::PluginRegistry& plugins) {
  Culprits culprits;
  if (!crash.connector.empty()) {
    const auto is_it = [&](const auto& each) { return each.name == crash.connector; };
    if (std::ranges::any_of(connectors, is_it)) culprits.connectors.insert(crash.connector);
    return culprits;
  }
  std::map<std::string, std::set<std::string>> users;  // by library
  for (const store::StoredConnector& each : connectors) {
    if (each.target == store::TargetState::kStopped) continue;
    for (const std::string& library : LibrariesOf(each, plugins)) users[library].insert(each.name);
  }
  for (const std::string& frame : crash.backtrace) {
    const auto found = std::ranges::find_if(users, [&](const auto& each) { return IsIn(frame, each.first); });
    if (found == users.end()) continue;
    return {.connectors = found->second, .library = found->first};
  }
  return culprits;
}

}  // namespace framespool::herder
