// Timeline: see trace_timeline.h.
#include "diag/trace_timeline.h"

#include <algorithm>

namespace goc::diag {

using trace::Kind;
using trace::Word;

namespace {

constexpr int64_t kUsualPace = 20;  // nanoseconds from word to word, while they come quickly
constexpr int64_t kQuick = 100;     // at most so many
constexpr int64_t kSlack =
    2000000;  // a monitor's tick, and another: by how much times may be wrong

// Where to begin to read: at a stamp.
size_t first_stamp(const std::vector<Word>& words) {
  size_t at = 0;
  while (at < words.size() && words[at].kind() != Kind::kStamp) ++at;
  return at;
}

// A goroutine is made ready, or created, then runs, then leaves: the steps of each of its turns, in numbers
// modulo 4 << Word::kTurnBits. Who leaves by kSwitch does so in the stream in which it has started.
uint32_t step_of(Word word) {
  switch (word.kind()) {
    case Kind::kCreate:
    case Kind::kReady:
      return 4 * word.turn();
    case Kind::kPark:
    case Kind::kExit:
      return 4 * word.turn() + 2;
    default:
      return 4 * word.turn() + 1;
  }
}

// Below zero: `a` comes before `b`. Right as long as a recording holds less than half of all numbers.
int32_t compare(uint32_t a, uint32_t b) {
  constexpr int kUnused = 30 - Word::kTurnBits;
  return static_cast<int32_t>((a - b) << kUnused);
}

// Nothing else is of one and comes here.
bool is_of_goroutine(Kind kind) { return kind <= Kind::kReady; }

}  // namespace

Timeline::Timeline(const trace::Snapshot& snapshot)
    : began_(snapshot.began.ticks), sure_from_(snapshot.complete_from) {
  for (const trace::Stream& stream : snapshot.streams) {
    const size_t first = first_stamp(stream.words);
    if (stream.lost && first < stream.words.size())
      sure_from_ = std::max(sure_from_, stream.words[first].ticks(began_));
  }
  const trace::Scale scale(snapshot.began, snapshot.ended);
  ended_ = scale.ns(snapshot.ended.ticks);
  for (const trace::Stream& stream : snapshot.streams) add(stream, scale);
  for (auto& [goroutine, fate] : fates_) sort_steps(fate);
}

void Timeline::sort_steps(Fate& fate) {
  std::sort(fate.steps.begin(), fate.steps.end(),
            [](uint32_t a, uint32_t b) { return compare(a, b) < 0; });
}

// Gives each event of the stream its time. Between two stamps events are equally far apart; but if
// that were unusually far, somebody has gone on for long: it was the last one, as far as can be known.
void Timeline::add(const trace::Stream& stream, const trace::Scale& scale) {
  Source source{};
  source.others = stream.owner == trace::kOthers;
  if (!source.others) source.track = track_of(true, stream.owner);
  Event event{0, Word(0), 0, false, false};
  size_t since_stamp = 0;
  int64_t stamped = 0;
  int64_t pace = kUsualPace;
  const auto spread = [&](int64_t until) {
    const size_t first = source.events.size() - since_stamp;
    const auto count = static_cast<int64_t>(since_stamp);
    if (count != 0 && until - stamped <= count * kQuick) pace = (until - stamped) / count;
    for (size_t i = 0; i < since_stamp; ++i)
      source.events[first + i].at = std::min(stamped + static_cast<int64_t>(i) * pace, until);
    since_stamp = 0;
  };
  const auto tell = [&](Word word) {
    event.word = word;
    source.events.push_back(event);
    if (is_of_goroutine(word.kind())) fates_[word.goroutine()].steps.push_back(step_of(word));
    event.former = false;
    ++since_stamp;
  };
  for (size_t i = first_stamp(stream.words); i < stream.words.size(); ++i) {
    const Word word = stream.words[i];
    switch (word.kind()) {
      case Kind::kStamp: {
        const uint64_t now_ticks = word.ticks(began_);
        const int64_t now = std::max(scale.ns(now_ticks), stamped);
        spread(now);
        stamped = now;
        event.sure = event.sure || now_ticks >= sure_from_;
        break;
      }
      case Kind::kThread:
        event.thread = word.subject();
        break;
      case Kind::kFormer:
        event.former = true;
        break;
      case Kind::kHandOver:
        tell(Word(Kind::kReady, word.subject()));
        tell(Word(Kind::kSwitch, word.subject(), word.reason()));
        break;
      default:
        tell(word);
    }
  }
  spread(std::max(ended_, stamped));
  sources_.push_back(std::move(source));
}

uint32_t Timeline::track_of(bool worker, uint64_t id) {
  for (uint32_t i = 0; i < tracks_.size(); ++i)
    if (tracks_[i].worker == worker && tracks_[i].id == id) return i;
  tracks_.push_back({worker, id});
  return static_cast<uint32_t>(tracks_.size() - 1);
}

// --- Merging --------------------------------------------------------------------------------------

// Nothing that it did before is still to be told.
bool Timeline::in_order(const Fate& fate, Word word) {
  return fate.told == fate.steps.size() || compare(step_of(word), fate.steps[fate.told]) <= 0;
}

bool Timeline::can_happen(const Event& event) const {
  if (!is_of_goroutine(event.word.kind())) return true;
  const auto found = fates_.find(event.word.goroutine());
  if (found == fates_.end()) return true;
  const Fate& fate = found->second;
  if (!in_order(fate, event.word)) return false;
  const bool leaves = event.word.kind() == Kind::kPark || event.word.kind() == Kind::kExit;
  if (fate.runs && !leaves) return false;
  if (fate.state == State::kUnknown) return true;
  switch (event.word.kind()) {
    case Kind::kReady:
      return fate.state == State::kParked;
    case Kind::kResume:
    case Kind::kStart:
    case Kind::kSwitch:
      return fate.state == State::kReady;
    default:
      return true;
  }
}

// The stream that goes on; null at the end.
Timeline::Source* Timeline::choose() {
  Source* first = nullptr;     // whose event can happen
  Source* earliest = nullptr;  // of all
  for (Source& source : sources_) {
    if (source.at == source.events.size()) continue;
    const Event& event = source.events[source.at];
    const auto before = [&](const Source* other) {
      return other == nullptr || event.at < other->events[other->at].at;
    };
    if (before(earliest)) earliest = &source;
    if (before(first) && can_happen(event)) first = &source;
  }
  if (first != nullptr || earliest == nullptr) return first;
  const Event& stuck = earliest->events[earliest->at];
  if (stuck.at > ended_ - kSlack) return nullptr;
  ++unexplained_;
  fates_.erase(stuck.word.goroutine());
  return earliest;
}

bool Timeline::next(Happening& happening) {
  if (starts_next_) {
    starts_next_ = false;
    happening = second_;
    return true;
  }
  for (;;) {
    Source* source = choose();
    if (source == nullptr) return false;
    happening = happen(*source, source->events[source->at++]);
    if (happening.kind != Kind::kNone) return true;
  }
}

// Moves the goroutine on, and the time as far as it must.
void Timeline::move(uint64_t goroutine, State to, const Event& event, Happening& happening) {
  Fate& fate = fates_[goroutine];
  fate.runs = false;
  happening.sure = fate.sure = fate.sure || event.sure;
  fate.state = fate.sure ? to : State::kUnknown;
  if (fate.last != 0) happening.at = std::max(happening.at, fate.last + kLeast);
  fate.last = happening.at;
}

// Kind kNone: there is nothing to tell.
Happening Timeline::happen(Source& source, const Event& event) {
  const bool of_goroutine = is_of_goroutine(event.word.kind());
  const uint64_t subject = of_goroutine ? event.word.goroutine() : event.word.subject();
  if (of_goroutine)
    if (Fate& fate = fates_[subject]; fate.told < fate.steps.size()) ++fate.told;
  Happening h{std::max(event.at, source.last + kLeast),
              event.word.kind(),
              event.word.reason(),
              source.others ? track_of(false, event.thread) : source.track,
              subject,
              Actor::kUnknown,
              0,
              false,
              0};
  switch (h.kind) {
    case Kind::kResume:
    case Kind::kStart:
      start(source, event, h);
      break;
    case Kind::kSwitch: {
      second_ = h;
      if (const auto fate = fates_.find(subject); fate != fates_.end())
        h.at = std::max(h.at, fate->second.last + kLeast);
      leave(source, event, h);
      second_.at = h.at;
      start(source, event, second_);
      starts_next_ = h.kind != Kind::kNone;
      if (!starts_next_) h = second_;
      source.last = second_.at;
      return h;
    }
    case Kind::kPark:
    case Kind::kExit:
      source.running = subject;
      leave(source, event, h);
      break;
    case Kind::kCreate:
    case Kind::kReady:
      move(subject, State::kReady, event, h);
      set_actor(source, event, h);
      break;
    case Kind::kTimer:
    case Kind::kPoll:
      (source.others ? thread_actors_[event.thread] : source.other_actor) =
          h.kind == Kind::kTimer ? Actor::kTimer : Actor::kPoll;
      break;
    case Kind::kSteal:
      h.actor_id = event.word.victim();
      h.count = event.word.count();
      break;
    case Kind::kStall:
    case Kind::kCompensate:
      h.subject = track_of(true, subject);
      break;
    default:
      h.kind = Kind::kNone;
      return h;
  }
  source.last = h.at;
  return h;
}

void Timeline::leave(Source& source, const Event& event, Happening& happening) {
  const uint64_t self = source.running;
  source.former = self;
  source.running = 0;
  source.other_actor = Actor::kUnknown;
  if (self == 0) {
    happening.kind = Kind::kNone;
    return;
  }
  happening.subject = self;
  if (happening.kind == Kind::kExit) {
    if (const auto fate = fates_.find(self); fate != fates_.end())
      happening.at = std::max(happening.at, fate->second.last + kLeast);
    happening.sure = event.sure;
    fates_.erase(self);
    return;
  }
  happening.kind = Kind::kPark;
  move(self, happening.reason == trace::kYields ? State::kReady : State::kParked, event, happening);
}

void Timeline::start(Source& source, const Event& event, Happening& happening) {
  const uint64_t g = event.word.goroutine();
  happening.kind = Kind::kStart;
  happening.subject = g;
  happening.reason = 0;
  Fate& fate = fates_[g];
  fate.runs = true;
  happening.sure = fate.sure = fate.sure || event.sure;
  fate.state = fate.sure ? State::kRunning : State::kUnknown;
  if (fate.last + kLeast > happening.at && event.word.kind() != Kind::kSwitch)
    happening.at = fate.last + kLeast;
  fate.last = happening.at;
  source.running = g;
  source.other_actor = Actor::kUnknown;
}

void Timeline::set_actor(Source& source, const Event& event, Happening& happening) {
  if (source.others) {
    const auto known = thread_actors_.find(event.thread);
    happening.actor = known != thread_actors_.end() ? known->second : Actor::kThread;
    happening.actor_id = event.thread;
    return;
  }
  const uint64_t doer = event.former || source.running == 0 ? source.former : source.running;
  happening.actor = source.other_actor != Actor::kUnknown ? source.other_actor
                    : doer != 0                           ? Actor::kGoroutine
                                                          : Actor::kUnknown;
  happening.actor_id = happening.actor == Actor::kGoroutine ? doer : 0;
}

}  // namespace goc::diag
