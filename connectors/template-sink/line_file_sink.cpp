#include <fcntl.h>
#include <framespool/plugin.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

namespace {

using namespace framespool;

/// Appends the value of each record, and a newline, to a file: each record exactly once, also over a kill -9.
///
/// The worker delivers again what was put and not yet flushed. So Flush() notes, in FILE.position, how long the file is
/// and which records that covers; a start cuts the file to that length and seeks behind those records. Everything runs
/// on the task's own thread, from the constructor to the destructor.
class LineFileSink final : public SinkTask {
 public:
  struct Config {
    std::string file;
  };

  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>()
                                .Field("file", &Config::file, "The file to append to; created when missing.")
                                .Required()
                                .Role(Role::kPath)
                                .DisplayName("File")
                                .Group("Output");
    return def;
  }

  static const std::vector<MetricSpec>& Metrics() {
    static const std::vector<MetricSpec> metrics{{.name = "lines_written",
                                                  .kind = MetricKind::kCounter,
                                                  .unit = "lines",
                                                  .doc = "Lines written since the task began.",
                                                  .plot = "Written",
                                                  .label = "written"}};
    return metrics;
  }

  static std::vector<Problem> Check(const Config& config, const std::string& /*connector*/) {
    const bool existed = access(config.file.c_str(), F_OK) == 0;
    const int file = OpenFile(config.file);
    if (file < 0)
      return {{.field = "file",
               .message = "must be a file that can be written, but " + config.file + ": " + std::strerror(errno),
               .kind = kind::kFileUnusable}};
    close(file);
    if (!existed) unlink(config.file.c_str());
    return {};
  }

  LineFileSink(Config config, SinkTaskContext& context)
      : config_(std::move(config)), context_(context), file_(OpenFile(config_.file)) {
    if (file_ < 0) {
      throw ConfigError(Problem{.field = "file",
                                .message = "cannot be written: " + config_.file + ": " + std::strerror(errno),
                                .kind = kind::kFileUnusable});
    }
    try {
      Restore();
    } catch (...) {
      close(file_);
      throw;
    }
  }
  LineFileSink(const LineFileSink&) = delete;
  LineFileSink& operator=(const LineFileSink&) = delete;
  ~LineFileSink() override { close(file_); }

  /// A null value (a tombstone) as Kafka Connect's FileStreamSink writes it; an empty one is an empty line.
  static std::string_view LineOf(const SinkRecord& record) {
    return record.value.is_null() ? "null" : record.value.text();
  }

  void Put(std::span<const SinkRecord> records, std::stop_token) override {
    std::string lines;
    for (const SinkRecord& record : records) lines.append(LineOf(record)).push_back('\n');
    const off_t end = size_ + static_cast<off_t>(lines.size());
    for (std::size_t done = 0; done < lines.size();) {
      const ssize_t wrote = pwrite(file_, lines.data() + done, lines.size() - done, size_ + static_cast<off_t>(done));
      // The same batch comes again, to the same place: what was written of it is written over.
      if (wrote < 0) throw RetriableError("cannot write " + config_.file + ": " + std::strerror(errno));
      done += static_cast<std::size_t>(wrote);
    }
    size_ = end;
    for (const SinkRecord& record : records) next_[{record.topic, record.partition}] = record.offset + 1;
    lines_ += static_cast<std::int64_t>(records.size());
    context_.ReportMetrics({{"lines_written", lines_}});
  }

  void Flush() override {
    if (fdatasync(file_) != 0) throw Unusable("cannot be synced: " + config_.file + ": " + std::strerror(errno));
    NotePosition();
  }

 private:
  static Error Unusable(std::string why) {
    return Error(Problem{.field = "file", .message = std::move(why), .kind = kind::kFileUnusable});
  }
  static int OpenFile(const std::string& path) {
    return open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644);
  }
  std::string PositionFile() const { return config_.file + ".position"; }

  void Restore() {
    size_ = lseek(file_, 0, SEEK_END);
    if (size_ < 0) {
      throw ConfigError(
          Problem{.field = "file",
                  .message = "must be a regular file, but is " + config_.file + "; name one, or a new one",
                  .kind = kind::kFileUnusable});
    }
    std::ifstream position(PositionFile());
    if (!position) return NotePosition();
    off_t noted = 0;
    if (!(position >> noted) || noted > size_) {
      throw Unusable("is shorter than " + PositionFile() + " says: " + config_.file +
                     "; bring it back, or remove both to begin anew");
    }
    TopicPartition source;
    for (std::int64_t next = 0; position >> source.topic >> source.partition >> next;) {
      next_[source] = next;
      context_.Seek(source, next);
    }
    if (ftruncate(file_, noted) != 0) throw Unusable("cannot be cut: " + config_.file + ": " + std::strerror(errno));
    size_ = noted;
  }

  /// Replaced as a whole, so that a crash leaves the old one or the new one.
  void NotePosition() const {
    const std::string fresh = PositionFile() + ".new";
    std::FILE* out = std::fopen(fresh.c_str(), "we");
    bool good = out != nullptr && std::fprintf(out, "%jd\n", static_cast<std::intmax_t>(size_)) > 0;
    for (const auto& [source, next] : next_) {
      good = good && std::fprintf(out, "%s %d %jd\n", source.topic.c_str(), source.partition, std::intmax_t{next}) > 0;
    }
    good = good && std::fflush(out) == 0 && fdatasync(fileno(out)) == 0;
    const int error = errno;
    if (out != nullptr) std::fclose(out);
    if (!good || std::rename(fresh.c_str(), PositionFile().c_str()) != 0) {
      throw Unusable("has no place for its position beside it: cannot write " + PositionFile() + ": " +
                     std::strerror(good ? errno : error));
    }
  }

  const Config config_;
  SinkTaskContext& context_;
  const int file_;
  off_t size_ = 0;
  std::map<TopicPartition, std::int64_t> next_;
  std::int64_t lines_ = 0;
};

}  // namespace

FRAMESPOOL_PLUGIN("1.0.0", Sink<LineFileSink>("LineFileSink", "Appends each record to a file, exactly once."))
