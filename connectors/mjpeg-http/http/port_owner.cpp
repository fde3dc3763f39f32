#include "http/port_owner.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace framespool::mjpeg {

namespace {

namespace fs = std::filesystem;

std::set<std::string> ListeningInodes(std::uint16_t port) {
  std::set<std::string> inodes;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream file(table);
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
      // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode
      std::istringstream fields(line);
      std::string number, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
      fields >> number >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >> inode;
      const auto colon = local.rfind(':');
      if (state != "0A" || colon == std::string::npos) continue;
      if (std::stoul(local.substr(colon + 1), nullptr, 16) == port) inodes.insert("socket:[" + inode + "]");
    }
  }
  return inodes;
}

}  // namespace

std::string PortOwner(std::uint16_t port) {
  const std::set<std::string> inodes = ListeningInodes(port);
  std::error_code error;
  for (const auto& process : fs::directory_iterator("/proc", error)) {
    const std::string pid = process.path().filename();
    if (inodes.empty() || pid.find_first_not_of("0123456789") != std::string::npos) continue;
    std::error_code unreadable;
    for (auto fd = fs::directory_iterator(process.path() / "fd", unreadable); fd != fs::directory_iterator();
         fd.increment(unreadable)) {
      std::error_code gone;
      if (!inodes.contains(fs::read_symlink(fd->path(), gone).string())) continue;
      std::ifstream comm(process.path() / "comm");
      std::string name;
      std::getline(comm, name);
      return name + " (pid " + pid + ")";
    }
  }
  return "another program";
}

}  // namespace framespool::mjpeg
