// Threads that a plugin or one of its libraries makes belong to the connector that makes them: a crash of one is that
// connector's. So this program has a pthread_create() of its own, before that of the C library for everybody who is
// loaded with it or into it. Sanitizers have one as well: with them there is none here.
#include <dlfcn.h>
#include <pthread.h>

#include <cerrno>
#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include <base/crash_recorder.h>
#include <base/log.h>

namespace {

using namespace framespool;

struct Heir {
  void* (*start)(void*);
  void* argument;
  std::string connector;
  int task;
  bool has_room;  // for a signal stack
};

void* StartFor(Heir heir) {
  const log::OnBehalf owner(std::move(heir.connector), heir.task);
  return heir.start(heir.argument);
}

void* StartWithCrashStack(Heir heir) {
  const base::CrashStack stack;
  return StartFor(std::move(heir));
}

void* Start(void* data) {
  Heir heir = std::move(*std::unique_ptr<Heir>(static_cast<Heir*>(data)));
  return heir.has_room ? StartWithCrashStack(std::move(heir)) : StartFor(std::move(heir));
}

bool HasRoom(const pthread_attr_t* attributes) {
  constexpr std::size_t kEnough = 256 << 10;
  std::size_t bytes = kEnough;
  if (attributes != nullptr) pthread_attr_getstacksize(attributes, &bytes);
  return bytes >= kEnough;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int pthread_create(pthread_t* thread,
                                                                     const pthread_attr_t* attributes,
                                                                     void* (*start)(void*), void* argument) noexcept {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto create = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  const log::Served served = log::ServedByThisThread();
  try {
    auto heir = std::make_unique<Heir>(Heir{.start = start,
                                            .argument = argument,
                                            .connector = served.connector == nullptr ? "" : served.connector,
                                            .task = served.task,
                                            .has_room = HasRoom(attributes)});
    const int error = create(thread, attributes, Start, heir.get());
    if (error == 0) static_cast<void>(heir.release());  // the thread has it
    return error;
  } catch (const std::bad_alloc&) {
    return EAGAIN;
  }
}
