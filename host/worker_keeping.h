#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

/// That a worker which something kills is started again, by a process that is nothing but that: `framespool-keeper`.
namespace framespool {

/// How this process came to be.
struct Kept {
  pid_t keeper = 0;            // its parent, which starts another when this one is killed; 0: nobody would
  int ended_by = 0;            // the signal that ended the worker before this one; 0: it is the first
  bool out_of_memory = false;  // the kernel sent it, because memory was short
  int slip = -1;               // a file in memory that one worker after the other has; -1: there is none
};

/// Has this process become the keeper and a child go on in its place, or finds that this has been done. Returns in the
/// child; in the process itself where `program`/../../libexec has no keeper. Before there is any thread. When the
/// keeper ends, whatever ends it, the child is killed.
Kept BeKept(const std::filesystem::path& program);

/// What a worker leaves for the one that the keeper starts after it, whatever ends it: less than 256 bytes. No I/O, any
/// thread.
void LeaveForNext(const Kept& kept, const std::string& text);
/// What the one before has left, which has ended; empty: there was none, or it has left nothing.
std::string LeftByLast(const Kept& kept);

/// Tells the keeper that what killed the last worker is shut out, and will not kill this one.
void TellKeeperOfGuilty(const Kept& kept);

}  // namespace framespool
