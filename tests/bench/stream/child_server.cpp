#include "child_server.h"

#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <stdexcept>

namespace framespool::bench {

bool EnterOwnNetwork() {
  if (::unshare(CLONE_NEWNET) != 0) return false;
  const int any = ::socket(AF_INET, SOCK_DGRAM, 0);
  ifreq loopback{};
  std::strcpy(loopback.ifr_name, "lo");
  const bool asked = ::ioctl(any, SIOCGIFFLAGS, &loopback) == 0;
  loopback.ifr_flags |= IFF_UP;
  const bool up = asked && ::ioctl(any, SIOCSIFFLAGS, &loopback) == 0;
  ::close(any);
  if (!up) throw std::runtime_error("cannot bring up loopback in a network of its own");
  // CUBIC, where it is not the machine's default, may not be used in a network like this one; Reno always may.
  for (const char* control : {"cubic", "reno"}) {
    if (std::ofstream("/proc/sys/net/ipv4/tcp_congestion_control") << control << std::endl) return true;
  }
  return false;
}

void StayOnCore(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  ::sched_setaffinity(0, sizeof cores, &cores);
}

ChildServer::ChildServer(int core, const std::function<void(const std::function<void(std::uint16_t)>&)>& serve) {
  int channel[2];
  if (::pipe(channel) != 0) throw std::runtime_error("no pipe");
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close(channel[0]);
    StayOnCore(core);
    serve([&](std::uint16_t port) {
      if (::write(channel[1], &port, sizeof port) != sizeof port) ::_exit(1);
    });
    ::_exit(0);
  }
  ::close(channel[1]);
  const bool told = ::read(channel[0], &port_, sizeof port_) == sizeof port_;
  ::close(channel[0]);
  if (!told) throw std::runtime_error("the server did not start");
}

ChildServer::~ChildServer() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

}  // namespace framespool::bench
