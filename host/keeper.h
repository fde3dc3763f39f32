#pragma once

/// What `framespool worker` and its keeper tell each other, through variables of the environment: who starts the other
/// sets them, and nobody else sees them.
namespace framespool::keeper {

/// To the keeper: "PID PROGRAM", the worker that runs and what is to be started after it.
inline constexpr char kName[] = "_FRAMESPOOL_KEEP";
inline constexpr char kKeep[] = "_FRAMESPOOL_KEEP=";
/// To a worker, in its place: the signal that ended the one before; kOutOfMemory behind it where the kernel sent it
/// because memory was short.
inline constexpr char kAgainName[] = "_FRAMESPOOL_AGAIN";
inline constexpr char kAgain[] = "_FRAMESPOOL_AGAIN=";
inline constexpr char kOutOfMemory[] = " out-of-memory";

/// Between one worker and the next: the number of a file in memory of that size, which neither can make another.
inline constexpr char kSlipName[] = "_FRAMESPOOL_SLIP";
inline constexpr int kSlipBytes = 256;
inline constexpr int kSlipSeals = 0x7;  // F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW

/// A worker that lives so long, in milliseconds, was not ended by what it found at its start.
inline constexpr long kAtOnce = 10000;
/// So many restarts at once, each later one waiting twice as long, and no more.
inline constexpr int kMostInARow = 6;

}  // namespace framespool::keeper
