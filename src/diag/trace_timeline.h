// What happened, in an order in which it can have happened, out of what each thread has recorded.
//
// Each stream of words is in order, but times between two stamps are interpolated (trace/ring.h), so
// that of two threads they may contradict each other by microseconds. Therefore the streams are merged
// by what goroutines can do: one starts only if it has been made ready, and is made ready only if it
// has parked; and each does what it does in the order of its turns, which are numbered. Of the streams whose next event can happen, the one with the earliest goes first, and
// times are moved forward as far as that demands. Each goroutine's and each track's times grow.
//
// Where words have been overwritten, the state of a goroutine may be unknown: it can do anything then.
// All that was done after the latest loss is there, so what happens after that, or after another event
// of that kind to the same goroutine, makes it known again. At the end of a recording that went on,
// streams wait for events that have not been copied: they end there.
//
// Rejected: to sort by time, which shows goroutines that run before they are woken.
#pragma once

#include "trace/recorder.h"

namespace goc::diag {

enum class Actor : uint8_t { kUnknown, kGoroutine, kTimer, kPoll, kThread };

struct Happening {
  int64_t at;  // nanoseconds since the recording began
  trace::Kind
      kind;  // kStart, kPark, kExit, kCreate, kReady, kTimer, kPoll, kSteal, kStall, kCompensate
  trace::Reason reason;
  uint32_t track;     // an index of Timeline::tracks()
  uint64_t subject;   // the goroutine; with kStall and kCompensate the track of the worker
  Actor actor;        // whose doing it was; with kSteal the victim
  uint64_t actor_id;  // of a goroutine; the thread id; the worker
  bool
      sure;  // of a goroutine: nothing that it did before, and after another such event, is missing
  uint32_t count;  // of kSteal
};

struct Track {
  bool worker;
  uint64_t id;  // the worker's index, or the thread's id; 0: the monitor
};

class Timeline {
 public:
  // Throws std::bad_alloc, and so does next().
  explicit Timeline(const trace::Snapshot& snapshot);

  // The next happening; false at the end.
  bool next(Happening& happening);
  const std::vector<Track>& tracks() const { return tracks_; }
  int64_t end() const { return ended_; }
  // Events for which there was no explanation: there are none unless the recorder is broken.
  uint64_t unexplained() const { return unexplained_; }

  // Two happenings on a track, or of a goroutine, are at least so far apart: what lies between has a
  // place. Only the end of one goroutine is the start of the next.
  static constexpr int64_t kLeast = 2;

 private:
  struct Event {
    int64_t at;
    trace::Word word;
    uint64_t thread;  // among kOthers
    bool former;      // see trace::Kind::kFormer
    bool sure;        // after the latest loss
  };
  struct Source {
    uint32_t track;  // of a worker
    bool others;
    std::vector<Event> events;
    size_t at = 0;
    int64_t last = 0;
    uint64_t running = 0;
    uint64_t former = 0;
    Actor other_actor = Actor::kUnknown;  // a timer or the like, since the last goroutine
  };
  enum class State : uint8_t { kUnknown, kReady, kRunning, kParked };
  struct Fate {
    State state = State::kUnknown;
    bool sure = false;
    bool runs = false;  // as has been told, sure or not
    int64_t last = 0;
    // The steps that have been recorded of it (step_of), in order, and how many of them have been told.
    std::vector<uint32_t> steps;
    size_t told = 0;
  };

  void add(const trace::Stream& stream, const trace::Scale& scale);
  uint32_t track_of(bool worker, uint64_t id);
  bool can_happen(const Event& event) const;
  void sort_steps(Fate& fate);
  static bool in_order(const Fate& fate, trace::Word word);
  Source* choose();
  Happening happen(Source& source, const Event& event);
  void leave(Source& source, const Event& event, Happening& happening);
  void start(Source& source, const Event& event, Happening& happening);
  void set_actor(Source& source, const Event& event, Happening& happening);
  void move(uint64_t goroutine, State to, const Event& event, Happening& happening);

  uint64_t began_;  // ticks, as the next
  uint64_t sure_from_;
  int64_t ended_ = 0;
  std::vector<Track> tracks_;
  std::vector<Source> sources_;
  std::unordered_map<uint64_t, Fate> fates_;
  std::unordered_map<uint64_t, Actor> thread_actors_;
  bool starts_next_ = false;  // the second half of a switch
  Happening second_{};
  uint64_t unexplained_ = 0;
};

}  // namespace goc::diag
