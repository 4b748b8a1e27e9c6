// Worker: what a trace is told, inline as far as each switch needs it. See trace/recorder.h.
#pragma once

#include "sched/worker.h"
#include "trace/recorder.h"

namespace goc {

// A goroutine's turn begins when it is made ready, or yields; its first one when it is created. By their numbers
// what has been recorded of it on several threads can be put in order.
inline trace::Word word_of_turn(trace::Kind kind, const Goroutine& g, trace::Reason why = 0) {
  return trace::Word::of_turn(kind, g.id, g.stack->turn, why);
}

// For who is about to make it ready.
inline trace::Word word_of_ready(Goroutine& g) {
  ++g.stack->turn;
  return word_of_turn(trace::Kind::kReady, g);
}

inline void Worker::record(trace::Word word) {
  if (!ring_->put(word)) [[unlikely]]
    record_with_stamp(word);
}

inline void Worker::trace_leave(trace::Reason why, Goroutine* next) {
  if (why == kWaits) why = static_cast<trace::Reason>(current()->waiting->reason());
  if (next == nullptr) [[unlikely]]
    trace_park(why);
  else if (next->extra != nullptr) [[unlikely]]
    trace_named(why, next);
  else
    record(word_of_turn(trace::Kind::kSwitch, *next, why));
  if (why == trace::kYields) ++current()->stack->turn;
}

inline void Worker::trace_ready(Goroutine& g) { record(word_of_ready(g)); }

}  // namespace goc
