// The runtime in numbers, read while it runs: each is right, they need not fit together.
#pragma once

#include <cstdint>

#include "base/atomic.h"

namespace goc {

// How long goroutines that are ready wait for their turn, in buckets: less than 1 us, less than 2, 4, 8,
// and so on; the last one has no bound. Written by one thread.
class Latencies {
 public:
  static constexpr int kBuckets = 24;

  void note(int64_t ns) {
    Atom<uint64_t>& bucket = buckets_[bucket_of(ns)];
    bucket.store(bucket.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  uint64_t count(int bucket) const { return buckets_[bucket].load(std::memory_order_relaxed); }

  static int bucket_of(int64_t ns) {
    int bucket = 0;
    for (int64_t us = ns / 1000; us > 0 && bucket < kBuckets - 1; us /= 2) ++bucket;
    return bucket;
  }

 private:
  Atom<uint64_t> buckets_[kBuckets] = {};
};

struct Census {
  int procs = 0;
  int idle_procs = 0;
  int threads = 0;
  int asleep = 0;
  int searching = 0;
  int stalled = 0;
  int64_t created = 0;
  int64_t ended = 0;
  int64_t running = 0;  // also those that block their thread
  int64_t blocking = 0;
  uint64_t parks = 0;
  uint64_t stolen = 0;
  int64_t timers = 0;
  int64_t stacks = 0;
  int64_t stacks_cached = 0;
  int64_t stack_bytes = 0;
  int64_t in_global_queue = 0;
  int64_t in_local_queues = 0;
  static constexpr uint32_t kShown = 32;
  int64_t in_queue[kShown] = {};  // of the first workers
  uint32_t workers = 0;
  uint64_t latency[Latencies::kBuckets] = {};

  int64_t alive() const { return created - ended; }
  int64_t ready() const { return in_global_queue + in_local_queues; }
};

}  // namespace goc
