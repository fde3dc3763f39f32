#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <cluster/ledger.h>
#include <cluster/session.h>
#include <cluster/view.h>

namespace framespool::cluster {

/// The tasks that this worker has: what the ledger says that it should have, what it has, and which of them may act.
/// Follows the view; whoever runs the tasks (HeldTask) follows its orders. All of it goes by what is, not by what has
/// happened, so nothing is lost with a message. Used from one thread, or under its owner's lock.
class Holdings {
 public:
  struct HeldTask {
    std::uint64_t epoch = 0;
    std::uint64_t revision = 0;
    SharedConfig share;
    bool ending = false;  // its gate stays shut; Ended() follows
    bool ours = false;    // the ledger says so, of this session
  };

  struct Orders {
    std::vector<TaskKey> start;  // construct it: its epoch, revision and share are in held()
    std::vector<TaskKey> end;    // shut its gate, end it or leave it behind, then call Ended()
    std::vector<TaskKey> go_on;  // it had stood with its gate shut, and goes on as it is in a newer epoch
  };

  explicit Holdings(std::string worker) : worker_(std::move(worker)) {}

  /// To be called when the view or the session has changed. A task whose worker is in doubt stays constructed with its
  /// gate shut for as long as nobody else has had it.
  Orders Follow(const View& view, const Session& session);
  /// The same where nothing else has changed than what the view has of these connectors, and what is held of them.
  Orders Follow(const View& view, const Session& session, const std::set<std::string>& connectors);
  /// This worker is about to stop: all tasks end, and none starts.
  Orders Leave();

  /// No effect of the task can come any more.
  void Ended(const TaskKey& key) { held_.erase(key); }
  /// The task could not run here (file or port missing) and has ended.
  void Refused(const TaskKey& key, const std::string& reason);

  /// Whether what the task does may reach a topic now. The session ends by itself, also while nobody looks.
  bool MayAct(const TaskKey& key, const Session& session, Moment now) const;

  /// What the leader should know and, by `told`, does not yet; to be written until it is there.
  std::vector<std::pair<TaskKey, TaskReport>> ToTell(const View& view, const Session& session,
                                                     const std::map<std::string, TaskReports>& told) const;

  /// Whether this worker may leave the group before it has been there for a session: another process of it whose place
  /// it has taken may still act, and with this one gone nobody would see that there was one. So by the view the leader
  /// knows of this session, and no former one has a task.
  bool MayLeaveGroup(const View& view, const Session& session) const;

  const std::map<TaskKey, HeldTask>& held() const noexcept { return held_; }

 private:
  void FollowConnector(const std::string& name, const View& view, const std::string& session, Orders& orders);
  void FollowTask(const TaskKey& key, const LedgerTask& task, const std::string& session, Orders& orders);
  void End(const TaskKey& key, HeldTask& held, Orders& orders);
  bool IsOurs(const LedgerTask& task, const std::string& session) const {
    return task.owned() && task.session == session && task.worker == worker_;
  }

  const std::string worker_;
  bool leaving_ = false;
  std::map<TaskKey, HeldTask> held_;
  std::map<TaskKey, TaskReport> refused_;
};

}  // namespace framespool::cluster
