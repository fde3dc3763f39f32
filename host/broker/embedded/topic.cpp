#include "topic.h"

#include <algorithm>

#include <base/log.h>
#include <base/numbers.h>
#include <base/private_files.h>

namespace framespool::broker::embedded {

namespace fs = std::filesystem;

namespace {

// No topic's name begins with it: a folder that does is one whose removal was interrupted.
constexpr char kRemovedMark = '~';

bool HoldsSegments(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() == ".log") return true;
  }
  return false;
}

/// How many partitions `folder` has: those that its properties promise, and beyond those one more than the highest
/// number of a folder that holds segments; without a promise every folder with a number counts.
std::int32_t CountFolders(const fs::path& folder, std::int32_t promised) {
  std::int32_t count = promised;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (const fs::directory_iterator end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const auto number = base::ToInteger<std::int32_t>(name);
    if (!number || *number < count || *number >= kMostPartitions || name != std::to_string(*number)) continue;
    if (promised == 0 || HoldsSegments(entry->path())) count = *number + 1;
  }
  if (error) ThrowError("cannot list " + folder.string(), error.value());
  return count;
}

void RemoveFolder(const fs::path& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  if (!error) return;
  log::Warn("broker", "cannot remove " + folder.string() + ", which is no part of any topic any more: " +
                          error.message() + "; tried again at the next start");
}

/// What an interrupted compaction has left in a topic's folder.
void RemoveDrafts(const fs::path& folder) {
  std::vector<fs::path> drafts;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() == kDraftSuffix) drafts.push_back(entry->path());
  }
  for (const fs::path& draft : drafts) RemoveFolder(draft);
}

}  // namespace

Topic::Topic(const PartitionServices& services, std::string name, fs::path folder, TopicMeta meta,
             const TopicLimits& limits)
    : services_(services),
      name_(std::move(name)),
      folder_(std::move(folder)),
      limits_(limits),
      config_(ToConfig(limits, meta.config)),
      meta_(std::move(meta)),
      partitions_(std::make_shared<const Partitions>()) {
  Grow(meta_.partitions);
}

std::shared_ptr<const Topic::Partitions> Topic::partitions() const {
  const std::lock_guard lock(mutex_);
  return partitions_;
}

TopicInfo Topic::Describe() const {
  TopicInfo info{.name = name_, .partitions = {}, .bytes = 0, .config = config_};
  for (const auto& partition : *partitions()) {
    info.partitions.push_back(partition->offsets().extent());
    info.bytes += partition->segments().disk_bytes();
  }
  return info;
}

void Topic::Grow(std::int32_t count) {
  auto grown = std::make_shared<Partitions>(*partitions());
  bool new_folders = false;
  std::error_code unknown;
  for (auto number = static_cast<std::int32_t>(grown->size()); number < count; ++number) {
    new_folders |= !fs::exists(folder_ / std::to_string(number), unknown);
  }
  for (auto number = static_cast<std::int32_t>(grown->size()); number < count; ++number) {
    grown->push_back(std::make_shared<Partition>(services_, TopicPartition{name_, number},
                                                 folder_ / std::to_string(number), limits_));
  }
  if (const int error = new_folders ? SyncDirectory(services_.files, folder_) : 0; error != 0) {
    ThrowError("cannot sync " + folder_.string(), error);
  }
  const std::lock_guard lock(mutex_);
  partitions_ = std::move(grown);
}

void Topics::Open() {
  const std::lock_guard turn(creation_turn_);
  std::error_code error;
  std::vector<fs::path> folders;
  for (fs::directory_iterator entry(options_.directory, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code unknown;
    if (entry->is_directory(unknown)) folders.push_back(entry->path());
  }
  if (error) ThrowError("cannot list the log directory " + options_.directory.string(), error.value());
  for (const fs::path& folder : folders) {
    const std::string name = folder.filename().string();
    if (name.front() == kRemovedMark) {
      RemoveFolder(folder);
      continue;
    }
    try {
      RequireTopicName(name);
    } catch (const BrokerError&) {
      continue;  // lost+found
    }
    try {
      TryToOpen(folder);
    } catch (const std::exception&) {  // noted
    }
  }
}

void Topics::TryToOpen(const fs::path& folder) {
  const std::string name = folder.filename().string();
  try {
    OpenTopic(folder);
  } catch (const std::exception& error) {
    const std::string message = "topic " + name + " cannot be opened: " + error.what() +
                                ". Nothing of it was changed; set that right, then restart its connectors";
    refused_.insert(name);
    services_.problems.Put(folder.string(), {.subject = "topic " + name, .kind = "topic-refused", .message = message});
    log::Error("broker", message);
    if (dynamic_cast<const RetriableError*>(&error) != nullptr) throw RetriableError(message);
    throw BrokerError(message);
  }
  refused_.erase(name);
  services_.problems.Clear(folder.string(), "topic-refused");
}

void Topics::OpenTopic(const fs::path& folder) {
  const std::string name = folder.filename().string();
  RemoveDrafts(folder);
  auto meta = ReadTopicMeta(folder);
  const std::int32_t folders = CountFolders(folder, meta ? meta->partitions : 0);
  if (!meta) {
    if (folders == 0) {
      log::Warn("broker", folder.string() + " holds no topic: ignored");
      return;
    }
    const std::string message = "topic " + name + ": " + (folder / kMetaFile).string() +
                                " is missing or damaged; opened with the defaults and the " + std::to_string(folders) +
                                " partitions found";
    log::Warn("broker", message);
    services_.problems.Put(folder.string(), {.subject = "topic " + name, .kind = "set-aside", .message = message});
    meta = TopicMeta{folders, {}};
    std::error_code unknown;
    if (fs::exists(fs::symlink_status(folder / kMetaFile, unknown))) SetAside(folder / kMetaFile, "no-properties");
    WriteTopicMeta(services_.files, folder, *meta);
  }
  meta->partitions = std::max(meta->partitions, folders);
  TopicLimits limits;
  try {
    limits = LimitsOf(name, meta->config, options_);
  } catch (const BrokerError& error) {
    throw BrokerError((folder / kMetaFile).string() + ": " + error.what());
  }
  Add(std::make_shared<Topic>(services_, name, folder, *meta, limits));
}

std::set<std::string> Topics::Refused() {
  const std::lock_guard turn(creation_turn_);
  return refused_;
}

std::shared_ptr<Topic> Topics::Find(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = topics_.find(name);
  return found == topics_.end() ? nullptr : found->second;
}

std::shared_ptr<Topic> Topics::Ensure(const TopicSpec& spec) {
  RequireTopicName(spec.name);
  const TopicLimits limits = LimitsOf(spec.name, spec.config, options_);
  const std::int32_t wanted = spec.partitions.value_or(options_.default_partitions);
  if (wanted < 1 || wanted > kMostPartitions) {
    throw BrokerError("topic " + spec.name + ": partitions must be 1 to " + std::to_string(kMostPartitions) +
                      ", but is " + std::to_string(wanted));
  }
  const std::lock_guard turn(creation_turn_);
  if (refused_.contains(spec.name)) TryToOpen(options_.directory / spec.name);
  if (auto topic = Find(spec.name)) {
    if (spec.partitions && *spec.partitions > topic->meta_.partitions) {
      TopicMeta meta = topic->meta_;
      meta.partitions = *spec.partitions;
      WriteTopicMeta(services_.files, topic->folder_, meta);
      topic->meta_ = meta;
      topic->Grow(meta.partitions);
    }
    return topic;
  }
  const fs::path folder = options_.directory / spec.name;
  const TopicMeta meta{wanted, spec.config};
  if (const std::error_code error = base::MakePrivateFolder(folder))
    ThrowError("cannot create " + folder.string(), error.value());
  WriteTopicMeta(services_.files, folder, meta);
  if (const int number = SyncDirectory(services_.files, options_.directory); number != 0) {
    ThrowError("cannot sync " + options_.directory.string(), number);
  }
  return Add(std::make_shared<Topic>(services_, spec.name, folder, meta, limits));
}

bool Topics::Remove(const std::string& name) {
  const std::lock_guard turn(creation_turn_);
  const auto topic = Find(name);
  if (refused_.contains(name)) {
    throw BrokerError("topic " + name +
                      " cannot be opened, so it is not deleted; see /health for the reason, or move " +
                      (options_.directory / name).string() + " away and restart the worker");
  }
  if (topic == nullptr) return false;
  const fs::path grave = options_.directory / (kRemovedMark + name);
  RemoveFolder(grave);
  auto partitions = *topic->partitions();
  std::sort(partitions.begin(), partitions.end());  // turns are taken in the same order as producers take them
  {
    std::vector<Partition::Stillness> still;
    for (const auto& partition : partitions) still.push_back(partition->KeepStill());
    std::error_code error;
    fs::rename(topic->folder_, grave, error);
    if (error) {
      throw BrokerError("cannot delete topic " + name + ": renaming " + topic->folder_.string() + ": " +
                        error.message() + "; nothing was deleted, check the disk and who owns that folder");
    }
    topic->removed_ = true;
    for (const auto& partition : partitions) partition->Abandon();
    services_.problems.ClearAll(topic->folder_.string());
  }
  {
    const std::lock_guard lock(mutex_);
    topics_.erase(name);
  }
  for (const auto& partition : partitions) services_.cancel_sync(partition->sync());
  if (const int error = SyncDirectory(services_.files, options_.directory); error != 0) {
    log::Warn("broker", "topic " + name + " is deleted, but may be back if the machine stops now: cannot sync " +
                            options_.directory.string() + ": " + ErrorText(error));
  }
  RemoveFolder(grave);
  log::Info("broker", "deleted topic " + name);
  return true;
}

std::shared_ptr<Topic> Topics::Add(std::shared_ptr<Topic> topic) {
  const std::lock_guard lock(mutex_);
  topics_[topic->name()] = topic;
  return topic;
}

std::vector<std::shared_ptr<Topic>> Topics::All() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Topic>> all;
  for (const auto& [name, topic] : topics_) all.push_back(topic);
  return all;
}

std::vector<std::shared_ptr<Partition>> Topics::AllPartitions() const {
  std::vector<std::shared_ptr<Partition>> all;
  for (const auto& topic : All()) {
    const auto partitions = topic->partitions();
    all.insert(all.end(), partitions->begin(), partitions->end());
  }
  return all;
}

}  // namespace framespool::broker::embedded
