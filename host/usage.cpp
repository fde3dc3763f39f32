#include "usage.h"

#include <algorithm>
#include <array>

#include <config/worker_config.h>

namespace framespool {
namespace {

struct Command {
  std::string_view name;
  std::string_view synopsis;
  std::string_view text;
};

constexpr std::string_view kSafe =
    R"(  --safe     starts with no connector running: all are there and UNASSIGNED, to be changed, deleted or resumed
             one by one. For when one of them takes the worker with it. What they are set to be is kept.
)";

constexpr std::array kCommands = {
    Command{"worker", "worker [--safe] FILE.properties [CONNECTOR.json | CONNECTOR.properties ...]",
            R"(Runs a worker: connectors that write video to topics and bring topics to people, managed through
Kafka Connect's REST API. Connectors in files are created or updated at start, as connect-standalone does. A .json file may
have a set of them, as the page's "Download configs" saves it.
)"},
    Command{
        "lint", "lint FILE...",
        R"(Lint says of properties of a worker (at most one file) and of files of connectors whether a worker would take them, in
its own words, and exits with 1 when not. Nothing runs, and a worker's data is not touched.
)"},
    Command{"topic", "topic ls | cat | export | import | verify | compact DATA_DIR ...",
            R"(Topic looks at the topics of an embedded log, in the data.dir of a worker that does not run:
  ls DATA_DIR                 which there are, and what they hold
  cat DATA_DIR TOPIC [--partition N] [--from OFFSET] [--records N] [--raw]
                              their records as JSON, one a line; or their values as they are
  export DATA_DIR TOPIC FILE  puts the topic into one file
  import DATA_DIR FILE [TOPIC]
                              makes a topic of such a file, by its own name or another
  verify DATA_DIR [TOPIC...]  reads every record and says which are lost; exits with 1 when some are
  compact DATA_DIR TOPIC... [--dry-run] [--delete-retention-ms N]
                              keeps the newest record of each key, at its offset
)"},
    Command{
        "backup", "backup [--copy] DATA_DIR TARGET",
        R"(Backup copies a data.dir into a folder that is not there yet, also while its worker runs, as it was at one moment. On the
same file system full segments are hard links; with --copy they are files as well.
)"},
    Command{"restore", "restore BACKUP DATA_DIR",
            R"(Restore puts a backup where there is no data yet.
)"},
    Command{
        "user", "user ls | add | remove FILE ...",
        R"(User looks at the file that listeners.users.file names, and changes it; a worker that runs reads it again:
  ls FILE                     who there is, with role
  add FILE NAME ROLE          asks for a password, or reads it from a pipe. ROLE: viewer reads and watches, operator
                              starts, stops and moves connectors besides, admin may do everything
  add FILE NAME ROLE --token  a program, for which it prints a token (Authorization: Bearer TOKEN)
  remove FILE NAME
)"},
    Command{
        "store", "store move FILE.properties",
        R"(Store move takes the state of a worker that does not run from its data.dir to Kafka, to the topics that its
properties name (config.storage.topic). The topics must have no connectors yet; data.dir stays as it is.
)"},
};

void PrintKeys(std::ostream& out) {
  out << "\nKeys of FILE.properties, each also as an environment variable (data.dir: FRAMESPOOL_DATA_DIR):\n\n";
  for (const FieldSpec& field : config::WorkerConfig::Describe().fields()) {
    out << "  " << field.name << " (" << (field.default_value->empty() ? "none" : *field.default_value) << ")\n      "
        << field.doc << "\n";
  }
}

void PrintUsageOfAll(std::ostream& out) {
  std::string_view before = "usage: ";
  for (const Command& command : kCommands) {
    out << before << "framespool " << command.synopsis << "\n";
    before = "       ";
  }
  out << before << "framespool [COMMAND] --help\n" << before << "framespool --version\n";
  for (const Command& command : kCommands) out << "\n" << command.text;
  out << "\n"
      << kSafe << R"(  --help     this text; behind a command what there is to say of that
  --version  version and commit, what connectors must have been built for, versions of libraries
)";
  PrintKeys(out);
}

}  // namespace

void PrintUsage(std::ostream& out, std::string_view command) {
  const auto* const known = std::ranges::find(kCommands, command, &Command::name);
  if (known == kCommands.end()) {
    PrintUsageOfAll(out);
    return;
  }
  out << "usage: framespool " << known->synopsis << "\n\n" << known->text;
  if (known->name != "worker") return;
  out << "\n" << kSafe;
  PrintKeys(out);
}

bool AsksForHelp(std::span<const std::string_view> words) {
  const auto options = words.first(static_cast<std::size_t>(std::ranges::find(words, "--") - words.begin()));
  return (!words.empty() && words.front() == "help") ||
         std::ranges::any_of(options, [](std::string_view word) { return word == "--help" || word == "-h"; });
}

}  // namespace framespool
