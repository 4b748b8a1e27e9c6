// TimerObject, TickerObject, FuncTimer: see timer.h.
#include "chan/timer.h"

#include <goconc/error.h>
#include <goconc/time.h>

#include "sched/runtime.h"

namespace goc {
namespace {
constinit ObjectPool<TimerObject> g_timers;
constinit ObjectPool<TickerObject> g_tickers;
constinit ObjectPool<FuncTimer> g_func_timers;
// A goroutine that cannot be started is tried again after this.
constexpr int64_t kRetry = GOC_MILLISECOND;

// A handle with a channel of its own, which is set.
template <class T>
T* make_with_channel(ObjectPool<T>& pool, int64_t ns, int64_t period) {
  TimerChannel* channel = TimerChannel::make();
  if (channel == nullptr) return nullptr;
  T* timer = pool.make(T::kTag, channel);
  if (timer == nullptr)
    release<Channel>(*channel);
  else
    channel->set(clock::deadline_in(ns), period);  // nobody waits: it arms nothing
  return timer;
}

}  // namespace

// --- With a channel ------------------------------------------------------------------------------

TimerObject* TimerObject::make(int64_t ns) { return make_with_channel(g_timers, ns, 0); }
int64_t TimerObject::live_count() { return g_timers.live(); }
Lock& TimerObject::pool_lock() { return g_timers.lock(); }

void TimerObject::destroy(TimerObject& timer) {
  if (timer.channel_ == nullptr) return FuncTimer::destroy(static_cast<FuncTimer&>(timer));
  g_timers.destroy(&timer);
}

TimerObject::~TimerObject() {
  if (channel_ == nullptr) return;
  channel_->stop();
  release<Channel>(*channel_);
}

bool TimerObject::has_waiters() const {
  return channel_ == nullptr && static_cast<const FuncTimer*>(this)->has_waiters();
}

int TimerObject::stop() {
  return channel_ != nullptr ? channel_->stop() : static_cast<FuncTimer*>(this)->stop();
}

int TimerObject::reset(int64_t ns) {
  if (const int result = g_runtime.ensure_started(); result != GOC_OK) return result;
  return channel_ != nullptr ? channel_->set(clock::deadline_in(ns), 0)
                             : static_cast<FuncTimer*>(this)->reset(ns);
}

TickerObject* TickerObject::make(int64_t ns) { return make_with_channel(g_tickers, ns, ns); }
void TickerObject::destroy(TickerObject& ticker) { g_tickers.destroy(&ticker); }
int64_t TickerObject::live_count() { return g_tickers.live(); }
Lock& TickerObject::pool_lock() { return g_tickers.lock(); }

int TickerObject::reset(int64_t ns) {
  if (const int result = g_runtime.ensure_started(); result != GOC_OK) return result;
  return channel_->set(clock::deadline_in(ns), ns);
}

// --- With a function -----------------------------------------------------------------------------

FuncTimer* FuncTimer::make(goc_fn fn, void* arg) { return g_func_timers.make(fn, arg); }
void FuncTimer::destroy(FuncTimer& timer) { g_func_timers.destroy(&timer); }
int64_t FuncTimer::live_count() { return g_func_timers.live(); }
Lock& FuncTimer::pool_lock() { return g_func_timers.lock(); }

FuncTimer::FuncTimer(goc_fn fn, void* arg) : TimerObject(kTag, nullptr), fn_(fn), arg_(arg) {
  alarm_.promised = true;
}

int FuncTimer::stop() {
  Guard guard(lock);
  const bool pending = alarm_.stop();
  alarm_.arm(false);
  return pending;
}

int FuncTimer::reset(int64_t ns) {
  if (const int result = g_runtime.ensure_started(); result != GOC_OK) return result;
  Guard guard(lock);
  const bool pending = alarm_.set(clock::deadline_in(ns));
  if (alarm_.arm(true)) return pending;
  alarm_.stop();
  return GOC_ENOMEM;
}

// F2: from here on a stop comes too late.
bool FuncTimer::take_due() {
  Guard guard(lock);
  return alarm_.is_due(clock::now()) && alarm_.stop();
}

// It stays linked until the end, so nobody else arms or frees it.
void FuncTimer::fire(Timer* timer) {
  auto& self = Alarm::owner_of<FuncTimer>(timer);
  const bool failed =
      self.take_due() && g_runtime.spawn(self.fn_, self.arg_, nullptr, nullptr) != GOC_OK;
  self.lock.lock();
  if (failed && !self.alarm_.pending()) self.alarm_.set(clock::deadline_in(kRetry));
  self.alarm_.unlink();
  while (!self.alarm_.arm(true)) os::yield();  // a heap has just lost an entry
  unlock_or_free(self);
}

void FuncTimer::drop(Timer* timer) {
  auto& self = Alarm::owner_of<FuncTimer>(timer);
  self.lock.lock();
  self.alarm_.stop();
  self.alarm_.unlink();
  unlock_or_free(self);
}

}  // namespace goc
