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
  trace::record_with_stamp(word, current() != nullptr ? current()->id : 0);
}

void Worker::trace_park(trace::Reason why) { record(Word(Kind::kPark, current()->id, why)); }

void Worker::trace_named(trace::Reason why, Goroutine* next) {
  keep_name(*next);
  record(Word(Kind::kSwitch, next->id, why));
}

// Nobody runs: current_ may be one that has ended.
void Worker::trace_start(Goroutine& g) {
  keep_name(g);
  const Word word(Kind::kStart, g.id);
  if (!ring_->put(word)) trace::record_with_stamp(word, 0);
}

void Worker::trace_found(Goroutine& g) {
  ring_->stamp_next();
  trace_start(g);
}

void Worker::trace_steal(const Worker& victim, uint32_t count) {
  record(Word::steal(victim.index(), count));
}

}  // namespace goc
