// What a cluster costs its leader and its workers, by tasks and workers, without Kafka: CPU, and what would be written.
#include <malloc.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <cluster/holdings.h>
#include <cluster/leader.h>
#include <cluster/ledger_format.h>

#include "fakes/memory_cluster_log.h"

namespace framespool::cluster {
namespace {

constexpr int kTasksOfAConnector = 4;
constexpr int kKeysOfAConfig = 20;

double CpuMs() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}
template <class F>
double Took(F work) {
  const double begin = CpuMs();
  work();
  return CpuMs() - begin;
}

/// As many characters as Kafka's have: client.id and a UUID.
std::string SessionOf(const std::string& worker, int which) {
  std::string id = worker;
  id += "-5f0c1b2e-7a3d-4c68-9b5e-";
  id += std::to_string(100'000'000'000 + which);
  return id;
}

class Bench {
 public:
  Bench(int tasks, int workers) : tasks_(tasks) {
    for (int i = 0; i < workers; ++i) Join(i, 0);
    log_.committed = [this](const Transaction& transaction) { Count(transaction); };
    seen_.told = &told_;
    leader_ = std::make_unique<Leader>(View(), LeaderPolicy{}, Rules(), [](const RawConfig&) {
      return Needs{.connector_class = "Camera", .version = {}, .placement = {}};
    });
    Write(leader_->Begin("worker-0", SessionOf("worker-0", 0)));
  }

  void Run(int workers) {
    for (int i = 0; i < tasks_ / kTasksOfAConnector; ++i) {
      store::StoredConnector connector{.name = "camera-" + std::to_string(i), .config = Config(i)};
      seen_.requests.push_back({.offset = i,
                                .appended = 0,
                                .request = {.id = std::to_string(i),
                                            .by = "bench",
                                            .patience = std::chrono::minutes(1),
                                            .if_match = {},
                                            .action = CreateConnector{std::move(connector)}}});
    }
    const double started = Took([&] { Settle(); });
    seen_.requests.clear();
    const auto start_bytes = bytes_;
    seen_.log_time += std::chrono::milliseconds(LeaderPolicy{}.answers_kept).count() + 1;
    Settle();  // the answers are forgotten
    const double idle = Took([&] {
                          for (int i = 0; i < 10; ++i) Settle();
                        }) /
                        10;
    const std::size_t memory = MemoryOfAView();
    Holdings holdings("worker-1");
    Session session(std::chrono::seconds(10));
    session.Joined(SessionOf("worker-1", 0), Moment(0));
    holdings.Follow(log_.view(), session);
    const double follow = Took([&] { holdings.Follow(log_.view(), session); });
    records_ = bytes_ = 0;
    std::erase_if(seen_.members, [](const Member& member) { return member.worker == "worker-1"; });
    const double death = Took([&] { Settle(); });
    std::printf("%6d %7d | %8.1f %8.2f %7.1f | %6.2f %6.2f | %7.1f %7zu %8.2f\n", tasks_, workers, started,
                static_cast<double>(start_bytes) / 1e6, static_cast<double>(memory) / 1e6, idle, follow, death,
                records_, static_cast<double>(bytes_) / 1e6);
  }

 private:
  static ConfigRules Rules() {
    return {.refuses = [](const store::StoredConnector&) { return std::nullopt; },
            .tag = [](const RawConfig&) { return std::string(); },
            .first_split =
                [](const RawConfig&) {
                  std::vector<RawConfig> split(kTasksOfAConnector);
                  for (std::size_t i = 0; i < split.size(); ++i)
                    split[i] = {{"files", "/video/part-" + std::to_string(i) + ".mp4"}};
                  return split;
                }};
  }
  static RawConfig Config(int number) {
    RawConfig config;
    for (int key = 0; key < kKeysOfAConfig; ++key)
      config["some.key.of.a.connector." + std::to_string(key)] = "a value of number " + std::to_string(number);
    return config;
  }
  void Join(int number, int session) {
    std::string id = "worker-";
    id += std::to_string(number);
    seen_.members.push_back({.worker = id, .session = SessionOf(id, session)});
    told_.workers[id] = {.session = SessionOf(id, session), .labels = {}, .plugins = {{"Camera", {"1"}}}};
  }
  void Write(const Transaction& transaction) {
    if (!transaction.empty()) writer_->Commit(transaction);
  }
  /// Until nothing is left to write.
  void Settle() {
    for (auto changes = leader_->Next(seen_); !changes.empty(); changes = leader_->Next(seen_)) Write(changes);
  }
  void Count(const Transaction& transaction) {
    for (const Record& record : transaction) {
      ++records_;
      if (const auto* ledger = std::get_if<std::shared_ptr<const Ledger>>(&record.value))
        bytes_ += ToJson(**ledger).size();
      if (const auto* connector = std::get_if<std::shared_ptr<const store::StoredConnector>>(&record.value)) {
        for (const auto& [key, value] : (*connector)->config) bytes_ += key.size() + value.size() + 6;
      }
    }
  }
  /// A view as another worker has it, of records that it has read.
  std::size_t MemoryOfAView() const {
    const std::size_t before = mallinfo2().uordblks;
    View view;
    for (const auto& [name, connector] : log_.view().connectors())
      view.Apply({.kind = Record::Kind::kConnector,
                  .name = name,
                  .value = std::make_shared<const store::StoredConnector>(*connector)});
    for (const auto& [name, ledger] : log_.view().ledgers())
      view.Apply({.kind = Record::Kind::kLedger,
                  .name = name,
                  .value = std::make_shared<const Ledger>(LedgerFromJson(ToJson(*ledger)))});
    return mallinfo2().uordblks - before;
  }

  const int tasks_;
  MemoryClusterLog log_;
  Told told_;
  Leader::Seen seen_;
  std::unique_ptr<Leader> leader_;
  std::unique_ptr<ClusterLog::Writer> writer_ = log_.BecomeWriter();
  std::size_t records_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace
}  // namespace framespool::cluster

int main() {
  std::printf(
      " tasks workers |  creating all of them     view |   leader  worker | one worker dies\n"
      "               |   CPU ms  MB written      MB | idle ms  all ms |  CPU ms records       MB\n");
  for (const int tasks : {100, 1000, 10'000}) {
    for (const int workers : {3, 10, 100}) framespool::cluster::Bench(tasks, workers).Run(workers);
  }
  return 0;
}
