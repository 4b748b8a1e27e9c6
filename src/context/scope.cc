// Scope: see scope.h.
#include "context/scope.h"

#include <goconc/time.h>

#include <algorithm>
#include <utility>

#include "sched/runtime.h"

namespace goc {
namespace {

constinit ObjectPool<Scope> g_scopes;
// A goroutine that cannot be started is tried again after this.
constexpr int64_t kNextCall = GOC_MILLISECOND;

// Of words, as operations ask for.
goc_chan_options options_of_done() {
  goc_chan_options options = GOC_CHAN_OPTIONS_INIT;
  options.elem_size = sizeof(int64_t);
  options.kind = GOC_KIND_INT64;
  return options;
}

void drop_data(const goc_cause& cause) {
  if (cause.drop != nullptr) cause.drop(cause.data);
}

}  // namespace

// What an end leaves to be done without the lock: E2, E3.
struct Scope::Left {
  void settle() {
    wake_all(waiters);
    while (Scope* scope = calls.pop()) {
      scope->call();
      let_go(scope);
    }
  }

  Waiter* waiters = nullptr;
  Fifo<Scope> calls;
};

// --- Life ----------------------------------------------------------------------------------------

Scope* Scope::make(Context& parent, goc_fn fn, void* arg) {
  Channel* done = Channel::make(options_of_done());
  if (done == nullptr) return nullptr;
  Scope* scope = g_scopes.make(parent, *done, fn, arg);
  if (scope == nullptr)
    release(*done);
  else if (parent.scope() != nullptr)
    scope->attach(*parent.scope());
  return scope;
}

void Scope::give_back(Scope& scope) { g_scopes.destroy(&scope); }
int64_t Scope::live_count() { return g_scopes.live(); }
Lock& Scope::pool_lock() { return g_scopes.lock(); }

Scope::Scope(Context& parent, Channel& done, goc_fn fn, void* arg)
    : Context(parent, *this),
      root_(parent.scope() != nullptr ? parent.scope()->root_ : *this),
      done_(done),
      fn_(fn),
      arg_(arg) {}

Scope::~Scope() {
  release(done_);
  drop_data(given_);
}

void Scope::attach(Scope& above) {
  Left left;
  {
    const Guard guard(tree());
    if (const int error = above.err_.load(std::memory_order_relaxed); error != GOC_OK)
      end_one(error, *above.origin_, left);
    else
      enter(above);
  }
  left.settle();
}

bool Scope::leave() {
  const bool will_be_called = fn_ != nullptr && (at_ != nullptr || alarm_.pending());
  if (will_be_called) return false;
  unlink();
  alarm_.stop();
  alarm_.arm(false);
  return !alarm_.linked();
}

void Scope::enter(Scope& above) {
  link = above.below_;
  if (link != nullptr) link->at_ = &link;
  at_ = &above.below_;
  above.below_ = this;
}

void Scope::unlink() {
  if (at_ == nullptr) return;
  *at_ = link;
  if (link != nullptr) link->at_ = at_;
  at_ = nullptr;
}

Scope* Scope::take_below() {
  Scope* const first = below_;
  if (first != nullptr) first->unlink();
  return first;
}

// --- The end -------------------------------------------------------------------------------------

void Scope::end(int error, goc_cause cause) {
  Left left;
  {
    const Guard guard(tree());
    if (err_.load(std::memory_order_relaxed) == GOC_OK) {
      std::swap(given_, cause);
      end_all(error, left);
    }
  }
  left.settle();
  drop_data(cause);  // it came too late, or that of a deadline is not needed any more
}

int Scope::end_at(int64_t deadline, const goc_cause& cause) {
  const bool earlier = deadline < deadline_;
  if (earlier) deadline_ = std::max<int64_t>(deadline, 1);  // neither GOC_NOW nor a code
  if (earlier && clock::now() >= deadline) {
    end(GOC_ETIMEDOUT, cause);
    return GOC_OK;
  }
  if (earlier)
    if (const int result = g_runtime.ensure_started(); result != GOC_OK) return result;
  const Guard guard(tree());
  if (earlier && err_.load(std::memory_order_relaxed) == GOC_OK) {
    alarm_.set(deadline);
    if (!alarm_.arm(true)) {
      alarm_.stop();
      return GOC_ENOMEM;
    }
  }
  given_ = cause;
  return GOC_OK;
}

// E1. In a loop, for trees may be deep.
void Scope::end_all(int error, Left& left) {
  Fifo<Scope> reached;
  unlink();
  reached.push(this);
  while (Scope* scope = reached.pop()) {
    scope->end_one(error, *this, left);
    while (Scope* next = scope->take_below()) reached.push(next);
  }
}

void Scope::end_one(int error, const Scope& origin, Left& left) {
  origin_ = &origin;
  done_.close(left.waiters);
  err_.store(error, std::memory_order_release);
  alarm_.stop();
  alarm_.arm(false);
  if (fn_ != nullptr) leave_call(left);
}

int Scope::err() const {
  const int error = err_.load(std::memory_order_acquire);
  if (error != GOC_OK || !done_.closed()) return error;
  const Guard guard(tree());  // it is being ended at this moment
  return err_.load(std::memory_order_relaxed);
}

goc_cause Scope::cause() const {
  const int error = err();
  if (error == GOC_OK) return {};
  goc_cause cause = origin_->given_;
  if (cause.code == 0) cause.code = error;
  return cause;
}

// The heap has lost this alarm; nobody sets it anew before it is unlinked.
void Scope::fire(Timer* timer) {
  auto& self = Alarm::owner_of<Scope>(timer);
  Left left;
  self.tree().lock();
  if (self.alarm_.is_due(clock::now())) {
    if (self.err_.load(std::memory_order_relaxed) == GOC_OK)
      self.end_all(GOC_ETIMEDOUT, left);
    else
      self.leave_call(left);
  }
  self.alarm_.unlink();
  const bool dead = self.refs.load(std::memory_order_relaxed) == 0;
  self.tree().unlock();
  left.settle();
  if (dead) let_go(destroy(self));
}

void Scope::drop(Timer* timer) {
  auto& self = Alarm::owner_of<Scope>(timer);
  self.tree().lock();
  self.alarm_.stop();
  self.alarm_.unlink();
  const bool dead = self.refs.load(std::memory_order_relaxed) == 0;
  self.tree().unlock();
  if (dead) let_go(destroy(self));
}

// --- Functions -----------------------------------------------------------------------------------

bool Scope::stop() {
  const Guard guard(tree());
  return err_.load(std::memory_order_relaxed) == GOC_OK && std::exchange(fn_, nullptr) != nullptr;
}

void Scope::leave_call(Left& left) {
  alarm_.stop();
  retain();
  left.calls.push(this);
}

// E3. If a goroutine cannot be started, it is tried again; on this thread only if that cannot be noted.
void Scope::call() {
  while (g_runtime.spawn(fn_, arg_, nullptr, nullptr) != GOC_OK && !call_later())
    os::sleep_until(os::deadline_in(kNextCall));
}

bool Scope::call_later() {
  const Guard guard(tree());
  alarm_.promised = true;
  alarm_.set(clock::deadline_in(kNextCall));
  if (alarm_.arm(true)) return true;
  alarm_.stop();
  return false;
}

}  // namespace goc
