#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <framespool/record.h>
#include <runtime/task_status.h>

namespace framespool::herder {

/// The workers that share their connectors, as one of them knows it. A worker that is alone is one of one.
struct ClusterInfo {
  struct Worker {
    std::string id;
    std::string session;  // Kafka's member id; empty: it is in no group, or not any more
    std::string version;
    Timestamp started{};  // by its clock
    std::map<std::string, std::string> labels;
    std::map<std::string, std::set<std::string>> classes;  // versions of connectors, by class
    bool is_there = false;                                 // the group has it
    bool is_leaving = false;
    int tasks = 0;  // that it has
  };
  struct Task {
    std::string connector;
    runtime::TaskStatus status;
    std::uint64_t epoch = 0;  // grows from owner to owner; 0: where nobody shares
    std::string cause;        // why its worker has it: a word; empty where nobody shares
    std::string from;         // who had it before; empty: nobody
    Timestamp since{};        // when its worker was given it
  };
  struct Moved {
    Timestamp time{};
    std::string connector;
    int task = 0;
    std::string from;  // empty: nobody
    std::string to;
    std::uint64_t epoch = 0;
    std::string cause;
    std::string message;  // the same for people
  };

  std::string group;   // empty: this worker is alone
  std::string worker;  // the id of the one that says this
  std::string leader;  // its id; empty: nobody leads yet
  std::uint64_t term = 0;
  std::vector<Worker> workers;  // by id; those that are gone as long as they have tasks
  std::vector<Task> tasks;      // by connector and number
  std::vector<Moved> moves;     // the newest, oldest first
};

}  // namespace framespool::herder
