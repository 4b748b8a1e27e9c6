// Worker: what a trace is told where that is not on the way of each switch.
#include "sched/worker_trace.h"

namespace goc {

using trace::Kind;
using trace::Word;

namespace {
void keep_name(Goroutine& g) {
  if (g.extra != nullptr) trace::keep_name(g.id, g.extra->name, &g.extra->name_kept);
}
}  // namespace

void Worker::record_with_stamp(Word word) {
  trace::record_with_stamp(
      word, current() != nullptr ? word_of_turn(Kind::kResume, *current()) : trace::kNobody);
}

// To `next`, or to the loop.
void Worker::trace_switch(trace::Reason why, Goroutine* next) {
  if (next == nullptr) return record(word_of_turn(Kind::kPark, *current(), why));
  keep_name(*next);
  record(word_of_turn(Kind::kSwitch, *next, why));
}

// Nobody runs: current_ may be one that has ended.
void Worker::trace_start(Goroutine& g) {
  keep_name(g);
  const Word word = word_of_turn(Kind::kStart, g);
  if (!ring_->put(word)) trace::record_with_stamp(word, trace::kNobody);
}

void Worker::trace_steal(const Worker& victim, uint32_t count) {
  record(Word::steal(victim.index(), count));
}

}  // namespace goc
