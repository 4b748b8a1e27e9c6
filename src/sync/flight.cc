// Flight: see flight.h.
#include "sync/flight.h"

#include <cstring>
#include <new>

#include "sched/runtime.h"

namespace goc {
namespace {

constinit ObjectPool<Flight> g_flights;

Channel* make_result_channel() {
  goc_chan_options options = GOC_CHAN_OPTIONS_INIT;
  options.elem_size = sizeof(goc_flight_result);
  options.capacity = 1;
  return Channel::make(options);
}

}  // namespace

Flight* Flight::make() { return g_flights.make(); }
void Flight::destroy(Flight& flight) { g_flights.destroy(&flight); }
int64_t Flight::live_count() { return g_flights.live(); }
Lock& Flight::pool_lock() { return g_flights.lock(); }

// Whoever wants a result by channel, which it keeps in memory.
struct Flight::Listener {
  Listener* link;
  Channel* channel;
};

// One execution; its key follows it in memory.
struct Flight::Call {
  std::string_view key() const { return {reinterpret_cast<const char*>(this + 1), key_size}; }
  void set_key(std::string_view key) {
    if (!key.empty()) std::memcpy(reinterpret_cast<char*>(this + 1), key.data(), key.size());
  }
  bool listen(Channel& channel);

  Flight& flight;
  const goc_flight_fn fn;
  void* const arg;
  const size_t key_size;
  Call* link;                    // in the list
  const void* runner = nullptr;  // a current_caller()
  uint32_t callers = 0;          // who get the result; those who wait are counted at the end
  WaitQueue waiters{};           // each with its Joined
  Listener* listeners = nullptr;
};

bool Flight::Call::listen(Channel& channel) {
  auto* listener = static_cast<Listener*>(os::allocate(sizeof(Listener)));
  if (listener == nullptr) return false;
  channel.retain();
  *listener = {listeners, &channel};
  listeners = listener;
  ++callers;
  return true;
}

// A wait for the result of a call that somebody else runs.
struct Flight::Joined : SingleWait {
  Joined(Call& c, goc_flight_result* r, int64_t deadline)
      : SingleWait(WaitReason::kFlight, c.flight, &leave, deadline), call(c), result(r) {
    waiter.elem = this;
    call.waiters.push(waiter);
  }
  static Joined& of(const Waiter& waiter) { return *static_cast<Joined*>(waiter.elem); }

  Call& call;
  goc_flight_result* const result;  // or null
};

// Ends a call, however its function does.
class Flight::Landing {
 public:
  Landing(Call& call, goc_flight_result& result) : call_(call), result_(result) {
    result_ = {nullptr, GOC_ECANCELED, 0};
  }
  ~Landing() { call_.flight.land(call_, result_); }
  Landing(const Landing&) = delete;
  Landing& operator=(const Landing&) = delete;

 private:
  Call& call_;
  goc_flight_result& result_;
};

int Flight::share(std::string_view key, goc_flight_fn fn, void* arg, goc_flight_result* result,
                  int64_t deadline) {
  lock.lock();
  if (Call* call = find(key)) {
    const bool own = call->runner == current_caller();
    if (const int refused = own ? static_cast<int>(GOC_EDEADLK) : time_to_wait(deadline)) {
      lock.unlock();
      return refused;
    }
    return Joined(*call, result, deadline).wait(unlocking(lock));
  }
  Call* call = begin(key, fn, arg);
  if (call != nullptr) ++call->callers;
  lock.unlock();
  if (call == nullptr) return GOC_ENOMEM;
  goc_flight_result own;
  run(*call, result != nullptr ? *result : own);
  return GOC_OK;
}

int Flight::start(std::string_view key, goc_flight_fn fn, void* arg, Channel** out,
                  const void* site) {
  Channel* channel = make_result_channel();
  if (channel == nullptr) return GOC_ENOMEM;
  lock.lock();
  Call* const joined = find(key);
  Call* const call = joined != nullptr ? joined : begin(key, fn, arg);
  int result = call != nullptr && call->listen(*channel) ? GOC_OK : GOC_ENOMEM;
  lock.unlock();
  if (call != nullptr && joined == nullptr) {
    if (result == GOC_OK) result = g_runtime.spawn(&run_started, call, nullptr, site);
    goc_flight_result none{nullptr, result, 0};
    if (result != GOC_OK) land(*call, none);  // for those who have joined it meanwhile
  }
  if (result != GOC_OK)
    release(*channel);
  else
    *out = channel;
  return result;
}

void Flight::forget(std::string_view key) {
  Guard guard(lock);
  if (const Call* call = find(key)) unlink(*call);
}

// --- The life of a call; the first three under the lock ----------------------------------------------

Flight::Call* Flight::find(std::string_view key) const {
  Call* call = calls_;
  while (call != nullptr && call->key() != key) call = call->link;
  return call;
}

Flight::Call* Flight::begin(std::string_view key, goc_flight_fn fn, void* arg) {
  size_t bytes;
  if (__builtin_add_overflow(sizeof(Call), key.size(), &bytes)) return nullptr;
  void* memory = os::allocate(bytes);
  if (memory == nullptr) return nullptr;
  calls_ = new (memory) Call{*this, fn, arg, key.size(), calls_};
  calls_->set_key(key);
  ++running_;
  return calls_;
}

void Flight::unlink(const Call& call) {
  for (Call** at = &calls_; *at != nullptr; at = &(*at)->link) {
    if (*at != &call) continue;
    *at = call.link;
    return;
  }
}

void Flight::run_started(void* c) {
  Call& call = *static_cast<Call*>(c);
  goc_flight_result result;
  call.flight.run(call, result);
}

void Flight::run(Call& call, goc_flight_result& result) {
  {
    Guard guard(lock);
    call.runner = current_caller();
  }
  const Landing landing(call, result);
  result.error = call.fn(call.arg, &result.value);
}

void Flight::land(Call& call, goc_flight_result& result) {
  lock.lock();
  unlink(call);
  Waiter* waiters = call.waiters.claim_all(GOC_OK);
  for (const Waiter* w = waiters; w != nullptr; w = w->next) ++call.callers;
  result.callers = call.callers;
  for (const Waiter* w = waiters; w != nullptr; w = w->next)
    if (goc_flight_result* out = Joined::of(*w).result) *out = result;
  Listener* listeners = call.listeners;
  --running_;
  unlock_or_free(*this);
  os::release(&call);
  wake_all(waiters);
  while (listeners != nullptr) {
    Listener* next = listeners->link;
    listeners->channel->send(&result, GOC_NOW);
    release(*listeners->channel);
    os::release(listeners);
    listeners = next;
  }
}

bool Flight::leave(Waiter& waiter) {
  auto& flight = static_cast<Flight&>(*waiter.object);
  return leave_object(flight, waiter.linked,
                      [&] { Joined::of(waiter).call.waiters.remove(waiter); });
}

}  // namespace goc
