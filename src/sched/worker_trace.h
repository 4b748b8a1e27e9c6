// Worker: what a trace is told, inline as far as each switch needs it. See trace/recorder.h.
#pragma once

#include "sched/worker.h"
#include "trace/recorder.h"

namespace goc {

inline void Worker::record(trace::Word word) {
  if (!ring_->put(word)) [[unlikely]]
    record_with_stamp(word);
}

inline void Worker::trace_leave(trace::Reason why, Goroutine* next) {
  if (why == kWaits) why = static_cast<trace::Reason>(current()->waiting->reason());
  if (next == nullptr) [[unlikely]]
    return trace_park(why);
  if (next->extra != nullptr) [[unlikely]]
    return trace_named(why, next);
  record(trace::Word(trace::Kind::kSwitch, next->id, why));
}

inline void Worker::trace_ready(const Goroutine& g) {
  record(trace::Word(trace::Kind::kReady, g.id));
}

}  // namespace goc
