// Is everything at rest, so that nobody of ours can go on without an event from outside? Then a deadlock
// is reported, and virtual time (time/clock.h) goes on.
//
// A plain thread that sleeps in one of our calls takes a nap: it sleeps on a word that whoever wakes it
// changes. Naps are listed, but only those that matter: in virtual time all, else those without a
// deadline that have lasted for a while. So threads that talk to each other pay for nothing here, and
// who wakes them never does.
//
// The proof, for whoever asks (A) about everybody else (E):
//   A1 lock Idle::lock and the list of naps: no worker gets or gives up a slot, no nap begins or ends
//   A2 no worker is awake, stalled or firing timers (Idle::quiet), but for those whose thread naps
//      itself, within goc_blocking() say
//   A3 the system counts the threads of the process, at one moment: they are the workers, the monitor
//      and those that nap
//   A4 the word of each nap is what it was when the nap began
//   A5 no goroutine is ready, in any queue; no timer is armed and no nap has a deadline; nothing is
//      hoped for from outside
// Who could wake anybody at the moment of A3? A thread that A3 counts, not a worker without a slot (A2),
// not the monitor (what it does for workers counts as firing). So one that naps; it has been woken then,
// by a change of its word, which A4 sees: the nap cannot have ended before, because of A1. A thread that
// the system has woken for nothing, or that asks itself, holds nobody up: it owns no claim, and either
// sleeps on or waits for A1's lock. So from A3 on nothing moves, and what A5 reads stays true.
// A thread that has claimed a sleeper but has not changed its word yet is awake, and seen by A2 or A3.
//
// Who asks: whoever comes to rest last. A worker, or rather the monitor when it has found nothing to do
// for a while; a thread that naps, after a while and then at growing intervals, because a foreign thread
// may end unnoticed. In virtual time the last worker that falls asleep, and each napping thread every
// millisecond. The first thread of the process is never one of ours, so one that naps there always is.
//
// Locking: the list's lock, after Idle::lock. Memory order: the words (acquire) are their users'.
#pragma once

#include <cstdint>

#include "base/lock.h"

namespace goc {

class Runtime;

// What is to be done about a deadlock: goc_options.deadlock.
enum class OnDeadlock : uint8_t { kByDefault, kFatal, kReport, kOff };

// What else may wake somebody. It outlives the runtime.
struct Outside {
  Atom<int64_t> ports{0};      // that are open
  Atom<bool> expected{false};  // goc_expect_external_events
};
extern Outside g_outside;

// Whether somebody whom nobody here knows of may end a nap: who serves a virtual machine, say.
enum class Hope : uint8_t { kNone, kOutside };

class Rest {
 public:
  constexpr explicit Rest(Runtime& runtime) : runtime_(runtime) {}

  // os::futex_wait() with a deadline of our clock, for a thread that may be none of ours.
  bool wait(Atom<uint32_t>& word, uint32_t expected, int64_t deadline, Hope hope = Hope::kNone);

  // The question, and what follows from the answer.
  void ask();
  // How long whoever asks shall wait before the next time, after `last` (0: never yet).
  int64_t next_interval(int64_t last) const;

  OnDeadlock on_deadlock() const;

 private:
  struct Nap;

  bool wait_for_ever(Atom<uint32_t>& word, uint32_t expected);
  bool wait_virtually(Atom<uint32_t>& word, uint32_t expected, int64_t deadline, Hope hope);
  bool nobody_is_awake() const;
  bool somebody_is_ready() const;
  bool hopes_for_deadlock() const;
  int64_t next_due() const;
  void move_clock(int64_t to);
  uint64_t stamp() const;
  void report_deadlock();

  Runtime& runtime_;
  Lock lock_;
  Nap* naps_ = nullptr;
  uint64_t naps_begun_ = 0;
  uint64_t reported_ = UINT64_MAX;  // the stamp of the last rest that was reported; under lock_
};

}  // namespace goc
