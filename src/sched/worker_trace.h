// Worker: what a trace is told, inline as far as each switch needs it. See trace/recorder.h.
#pragma once

#include "sched/worker.h"
#include "trace/recorder.h"

namespace goc {

// A goroutine's turn begins when it is made ready, or yields; its first one when it is created. By their numbers
// what has been recorded of it on several threads can be put in order.
inline trace::Word word_of_turn(trace::Kind kind, const Goroutine& g, trace::Reason why = 0) {
  return trace::Word::of_turn(kind, g.turn, why);
}

// For who is about to make it ready.
inline uint64_t next_turn(Goroutine& g) { return g.turn += trace::Word::kOneTurn; }
inline trace::Word word_of_ready(Goroutine& g) {
  return trace::Word::of_turn(trace::Kind::kReady, next_turn(g));
}

inline void Worker::record(trace::Word word) {
  if (!ring_->put(word)) [[unlikely]]
    record_with_stamp(word);
}

inline void Worker::trace_sleep() {
  if (trace::on()) ring_->stamp_next();
}

inline void Worker::trace_leave(Goroutine* self, trace::Reason why, Goroutine* next) {
  const bool yields = why == trace::kYields;
  if (why == kWaits) why = static_cast<trace::Reason>(self->waiting->reason());
  const bool handed_over =
      next != nullptr && next->extra == nullptr && ring_->put_hand_over(next->turn, why);
  if (!handed_over) [[unlikely]]
    trace_switch(why, next);
  if (yields) next_turn(*self);
}

inline void Worker::trace_ready(Goroutine& g) { record(word_of_ready(g)); }

}  // namespace goc
