// Why a goroutine waits, and the words for it in dumps, traces and gdb.
//
// Each reason has its words: a switch, so that the compiler notices one that has none.
#pragma once

#include <cstdint>

namespace goc {

enum class WaitReason : uint8_t {
  kSleep,
  kSend,
  kReceive,
  kSelect,
  kWaitGroup,
  kMutex,
  kOnce,
  kForEver,
  kTimer,
  kReadLock,
  kWriteLock,
  kCond,
  kSemaphore,
  kFlight,
  kDescriptor,
};

// Null for what is no reason: the word of a goroutine that runs on may be read while it changes.
constexpr const char* words(WaitReason reason) {
  switch (reason) {
    case WaitReason::kSleep:
      return "sleep";
    case WaitReason::kSend:
      return "channel send";
    case WaitReason::kReceive:
      return "channel receive";
    case WaitReason::kSelect:
      return "select";
    case WaitReason::kWaitGroup:
      return "wait group";
    case WaitReason::kMutex:
      return "mutex";
    case WaitReason::kOnce:
      return "once";
    case WaitReason::kForEver:
      return "select without a channel";
    case WaitReason::kTimer:
      return "timer";
    case WaitReason::kReadLock:
      return "read lock";
    case WaitReason::kWriteLock:
      return "write lock";
    case WaitReason::kCond:
      return "condition";
    case WaitReason::kSemaphore:
      return "semaphore";
    case WaitReason::kFlight:
      return "flight";
    case WaitReason::kDescriptor:
      return "descriptor";
  }
  return nullptr;
}

}  // namespace goc
