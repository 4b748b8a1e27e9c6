// The monitor: a thread that looks once a millisecond at workers that are inside a goroutine.
//
// A worker whose goroutine has not switched for kStall (or said that it blocks, kBlockingStall)
// loses its slot if there is other work: another worker starts or wakes to take the work over. The
// thread's CPU clock tells a blocked goroutine from one that computes; blocked ones are always
// compensated, up to max_threads. Computing ones get one extra worker per processor at first; beyond
// that only after kLongStall, so that they neither keep others from running for long nor soon use many
// more processors than they should.
// Work that a running worker has at hand but does not get to (`next`, timers) is handed on too, and
// descriptors are looked at if nobody has since the last tick.
// Where nothing but a seed shall decide the schedule (Runtime::repeats), it looks on for kPatience: a
// system under load may keep a thread from running for longer than a stall.
//
// It sleeps when no worker is awake, so that an idle program uses no CPU; the first worker to wake
// wakes it (Idle::lock guards that hand-shake). Before it falls asleep it asks whether there is a
// deadlock (rest.h).
#pragma once

#include <goconc/time.h>
#include <pthread.h>

#include <cstdint>

#include "base/atomic.h"

namespace goc {

class Poller;
class Runtime;
class Worker;

class Monitor {
 public:
  constexpr explicit Monitor(Runtime& runtime) : runtime_(runtime) {}

  bool start();
  void stop_and_join();
  // Under Idle::lock, when a worker wakes: true if the caller must call poke() after unlocking.
  bool asleep() const { return asleep_; }
  // The same, for one that is about to run: its clock does not go yet.
  bool must_be_poked() const;
  void poke();

 private:
  static constexpr int64_t kTick = GOC_MILLISECOND;
  static constexpr int64_t kStall = 10 * kTick;
  static constexpr int64_t kLongStall = 3 * kStall;
  static constexpr int64_t kBlockingStall = kTick / 2;
  static constexpr int64_t kPatience = 10 * GOC_SECOND;  // where a schedule is to be repeated
  static constexpr int kQuietTicks = 20;

  void run();
  bool tick(int64_t now);
  void look_at(Worker& worker, int64_t now);
  void look_at(Poller& poller);
  void compensate(Worker& worker, int64_t now);
  static void trace_stall(Worker& worker);
  void sleep_until_poked();

  Runtime& runtime_;
  pthread_t thread_{};
  bool running_ = false;
  bool asleep_ = false;  // under Idle::lock
  uint32_t ticks_ = 0;
  uint32_t seen_rounds_ = 0;  // of the poller
  Atom<uint32_t> poked_{0};
  Atom<bool> stop_{false};
};

}  // namespace goc
