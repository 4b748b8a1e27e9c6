// take_snapshots(): see snapshot.h.
#include "diag/snapshot.h"

#include <algorithm>
#include <cstring>

#include "chan/channel.h"
#include "sched/runtime.h"

namespace goc {
namespace {

constexpr size_t kMostOfStack = 64 * 1024;
constexpr size_t kMostOfStacks = size_t{256} << 20;
constexpr size_t kMostName = 64;
constexpr uint32_t kMostWaiters = 65536;
constexpr int kAttempts = 3;

// A copy of something that is not constructed, for its simple members.
template <class T>
class Copy {
 public:
  explicit Copy(const void* from) : whole_(os::read_memory(from, bytes_, sizeof(T))) {}
  explicit operator bool() const { return whole_; }
  const T* operator->() const { return std::launder(reinterpret_cast<const T*>(bytes_)); }

 private:
  alignas(T) char bytes_[sizeof(T)];
  bool whole_;
};

// A text of at most kMostName bytes, which may end before a page that is not there.
std::string read_text(const char* from) {
  std::string text;
  char c;
  while (text.size() < kMostName && os::read_memory(from + text.size(), &c, 1) && c != 0) text += c;
  return text;
}

class Reader {
 public:
  explicit Reader(const Goroutine* caller) : caller_(caller), now_(os::now()) {}

  bool read(const Goroutine& at, Snapshot& snapshot);

 private:
  enum class Attempt { kDone, kGone, kMoved };

  Attempt attempt(const Goroutine& at, Snapshot& snapshot);
  static const Worker* worker_of(const Goroutine& at);
  void read_stack(const Goroutine& g, Snapshot& snapshot);
  void read_wait(const Goroutine& at, const Goroutine& g, Snapshot& snapshot) const;
  static void read_objects(const Sleeper& sleeper, Snapshot& snapshot);

  const Goroutine* const caller_;
  const int64_t now_;
  size_t bytes_left_ = kMostOfStacks;
};

// False if there is none.
bool Reader::read(const Goroutine& at, Snapshot& snapshot) {
  for (int i = 0; i < kAttempts; ++i) {
    snapshot = {};
    const Attempt result = attempt(at, snapshot);
    if (result != Attempt::kMoved) return result == Attempt::kDone;
  }
  snapshot.state = State::kRunning;
  snapshot.stack = {};
  return true;
}

const Worker* Reader::worker_of(const Goroutine& at) {
  for (uint32_t i = 0; i < g_runtime.worker_count(); ++i)
    if (g_runtime.worker(i).current() == &at) return &g_runtime.worker(i);
  return nullptr;
}

Reader::Attempt Reader::attempt(const Goroutine& at, Snapshot& snapshot) {
  const Worker* worker = worker_of(at);  // N1
  const Copy<Goroutine> copy(&at);       // N2
  if (!copy || !copy->alive) return Attempt::kGone;
  const Goroutine& g = *copy.operator->();
  snapshot.id = g.id;
  snapshot.locked = g.locked();
  if (g.extra != nullptr) snapshot.name = read_text(g.extra->name);
  if (g.fresh()) {
    snapshot.fn = g.fn;
    snapshot.site = reinterpret_cast<uintptr_t>(Goroutine::unmarked(g.site));
  } else {
    const Copy<Stack> stack(g.stack);
    if (stack) {
      snapshot.fn = stack->fn;
      snapshot.site = reinterpret_cast<uintptr_t>(stack->site);
    }
    if (worker == nullptr) read_stack(g, snapshot);
  }
  if (&at == caller_)
    snapshot.state = State::kRunning;
  else if (worker != nullptr)
    snapshot.state = worker->blocking() ? State::kBlocking : State::kRunning;
  else if (g.fresh())
    snapshot.state = State::kNew;
  else
    read_wait(at, g, snapshot);
  const Copy<Goroutine> after(&at);  // N3
  const bool same = after && after->id == g.id && after->alive && after->site == g.site &&
                    (g.fresh() || (after->sp == g.sp && after->waiting == g.waiting));
  return same && worker_of(at) == worker ? Attempt::kDone : Attempt::kMoved;
}

void Reader::read_stack(const Goroutine& g, Snapshot& snapshot) {
  const Copy<Stack> header(g.stack);
  if (!header) return;
  const auto sp = reinterpret_cast<uintptr_t>(g.sp);
  const auto top = reinterpret_cast<uintptr_t>(g.stack) - header->color * 64;
  if (sp % 8 != 0 || sp >= top || top - sp > size_t{1} << StackPool::kMaxLog2) return;
  const size_t bytes = std::min({top - sp, kMostOfStack, bytes_left_});
  snapshot.stack.sp = sp;
  snapshot.stack.words.resize(bytes / 8);
  if (!os::read_memory(g.sp, snapshot.stack.words.data(), bytes / 8 * 8)) snapshot.stack = {};
  bytes_left_ -= bytes;
}

// A sleeper that somebody has claimed is woken or about to be. One that is none any more is garbage of
// a goroutine that has yielded.
void Reader::read_wait(const Goroutine& at, const Goroutine& g, Snapshot& snapshot) const {
  snapshot.state = State::kReady;
  if (g.waiting == Worker::calls_on_thread()) snapshot.state = State::kBlocking;
  const Copy<Sleeper> sleeper(g.waiting);
  if (!sleeper || sleeper->goroutine() != &at || sleeper->claimed()) return;
  snapshot.state = State::kWaiting;
  snapshot.reason = sleeper->reason();
  snapshot.waited = sleeper->waited(now_);
  read_objects(*sleeper.operator->(), snapshot);
}

void Reader::read_objects(const Sleeper& sleeper, Snapshot& snapshot) {
  bool held = sleeper.has_deadline();
  const uint32_t count = std::min(sleeper.count(), kMostWaiters);
  for (uint32_t i = 0; i < count; ++i) {
    const Copy<Waiter> waiter(sleeper.waiters() + i);
    if (!waiter || waiter->object == nullptr) continue;
    ++snapshot.objects;
    snapshot.object = waiter->object;
    const Copy<Object> object(waiter->object);
    const Copy<Channel> channel(waiter->object);
    const bool is_channel = object && channel &&
                            (object->tag == Channel::kTag || object->tag == exposed(Channel::kTag));
    if (is_channel && count == 1 && channel->name() != nullptr)
      snapshot.object_name = read_text(channel->name());
    held = held || !is_channel || channel->timed() || object->refs != 0;
  }
  snapshot.leaked = snapshot.objects != 0 && !held;
}

}  // namespace

bool take_snapshots(const Goroutine* caller, std::vector<Snapshot>& all) {
  const bool runs = g_runtime.while_it_runs([&] {
    Reader reader(caller);
    g_runtime.goroutines.for_each([&](const Goroutine& at) {
      Snapshot snapshot;
      if (reader.read(at, snapshot)) all.push_back(std::move(snapshot));
    });
  });
  std::sort(all.begin(), all.end(),
            [](const Snapshot& a, const Snapshot& b) { return a.id < b.id; });
  return runs;
}

}  // namespace goc
