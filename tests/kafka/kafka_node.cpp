#include "kafka_node.h"

#include <array>
#include <cstdio>
#include <sstream>
#include <stdexcept>

namespace framespool {

namespace {

std::string Quoted(const std::string& text) {
  std::string quoted(1, '\'');
  for (const char c : text) {
    if (c == '\'') quoted += "'\\'";
    quoted += c;
  }
  quoted += '\'';
  return quoted;
}

/// What the command writes to stdout and stderr; throws when it fails.
std::string Run(const std::string& command) {
  std::string output;
  std::FILE* pipe = popen((command + " 2>&1").c_str(), "re");
  if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
  std::array<char, 4096> buffer;
  while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) output.append(buffer.data(), size);
  if (const int status = pclose(pipe); status != 0) throw std::runtime_error(command + ": " + output);
  return output;
}

std::string Script(const char* name) { return Quoted(std::string(KAFKA_SCRIPTS "/") + name); }

}  // namespace

KafkaNode::KafkaNode(std::filesystem::path directory) : directory_(std::move(directory)) {
  std::filesystem::create_directories(directory_);
  Run(Script("stop-kafka.sh") + " " + Quoted(directory_));
  std::filesystem::remove_all(directory_);
}

KafkaNode::~KafkaNode() {
  try {
    Kill();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "Kafka was not stopped: %s\n", error.what());
  }
}

void KafkaNode::Start() {
  std::istringstream lines(
      Run("KAFKA_LIBS=" KAFKA_LIBS_PATH " " + Script("start-kafka.sh") + " " + Quoted(directory_)));
  std::string word;
  while (lines >> word) {
    if (word.starts_with("plain=")) plain_ = word.substr(6);
    if (word.starts_with("sasl=")) sasl_ = word.substr(5);
    if (word.starts_with("tls=")) tls_ = word.substr(4);
  }
}

void KafkaNode::Stop() { Run(Script("stop-kafka.sh") + " " + Quoted(directory_)); }

void KafkaNode::Kill() { Run(Script("stop-kafka.sh") + " " + Quoted(directory_) + " --kill"); }

std::string KafkaNode::Tool(const std::string& main_class, const std::vector<std::string>& arguments) const {
  std::string command =
      "java -Xmx128m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dkafka.loglevel=ERROR "
      "-Dlog4j2.configurationFile=file:" KAFKA_SCRIPTS "/log4j2.yaml -cp '" KAFKA_LIBS_PATH "/*' " +
      main_class;
  for (const std::string& argument : arguments) command.append(" ").append(Quoted(argument));
  return Run(command);
}

}  // namespace framespool
