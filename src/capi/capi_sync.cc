// goconc/sync.h
#include <goconc/sync.h>

#include "capi/handle.h"
#include "sched/exit.h"
#include "sched/runtime.h"
#include "sync/cond.h"
#include "sync/mutex.h"
#include "sync/once.h"
#include "sync/rwmutex.h"
#include "sync/semaphore.h"
#include "sync/waitgroup.h"

using goc::Cond;
using goc::Mutex;
using goc::Once;
using goc::RWMutex;
using goc::Semaphore;
using goc::WaitGroup;
using goc::with;

namespace goc {
namespace {

struct Counted {
  WaitGroup* wg;
  goc_fn fn;
  void* arg;
};

void run_counted(void* c) {
  const Counted counted = *static_cast<Counted*>(c);
  goc::os::release(c);
  goc::run_to_end(counted.fn, counted.arg);
  counted.wg->add(-1);
  goc::release(*counted.wg);
}

int go_counted(WaitGroup& wg, goc_fn fn, void* arg, const void* site) {
  auto* counted = static_cast<Counted*>(goc::os::allocate(sizeof(Counted)));
  if (counted == nullptr) return GOC_ENOMEM;
  *counted = {&wg, fn, arg};
  wg.retain();
  int result = wg.add(1);
  if (result == GOC_OK) {
    result = goc::g_runtime.spawn(&run_counted, counted, nullptr, site);
    if (result == GOC_OK) return GOC_OK;
    wg.add(-1);
  }
  goc::release(wg);
  goc::os::release(counted);
  return result;
}

}  // namespace
}  // namespace goc

int goc_wg_new(goc_wg** out) {
  return out == nullptr ? static_cast<int>(GOC_EINVAL) : goc::give(out, WaitGroup::make());
}
goc_wg* goc_wg_retain(goc_wg* wg) { return goc::retain_handle<WaitGroup>(wg); }
void goc_wg_release(goc_wg* wg) { goc::release_handle<WaitGroup>(wg); }

int goc_wg_add(goc_wg* wg, int64_t delta) {
  return with<WaitGroup>(wg, [&](WaitGroup& w) { return w.add(delta); });
}
int goc_wg_done(goc_wg* wg) { return goc_wg_add(wg, -1); }
int goc_wg_wait(goc_wg* wg, int64_t deadline) {
  return goc::waiting_with<WaitGroup>(wg, deadline, [=](WaitGroup& w) { return w.wait(deadline); });
}
int goc_wg_go(goc_wg* wg, goc_fn fn, void* arg) {
  if (fn == nullptr) return GOC_EINVAL;
  const void* site = __builtin_return_address(0);
  return with<WaitGroup>(wg, [&](WaitGroup& w) { return goc::go_counted(w, fn, arg, site); });
}
int64_t goc_wg_count(const goc_wg* wg) {
  int error;
  const WaitGroup* object = goc::resolve<WaitGroup>(wg, &error);
  return object != nullptr ? object->count() : 0;
}

int goc_mutex_new(goc_mutex** out) {
  return out == nullptr ? static_cast<int>(GOC_EINVAL) : goc::give(out, Mutex::make());
}
goc_mutex* goc_mutex_retain(goc_mutex* mu) { return goc::retain_handle<Mutex>(mu); }
void goc_mutex_release(goc_mutex* mu) { goc::release_handle<Mutex>(mu); }

int goc_mutex_lock(goc_mutex* mu, int64_t deadline) {
  return goc::waiting_with<Mutex>(mu, deadline, [=](Mutex& m) { return m.acquire(deadline); });
}
int goc_mutex_unlock(goc_mutex* mu) {
  return with<Mutex>(mu, [](Mutex& m) { return m.free(); });
}

int goc_rwmutex_new(goc_rwmutex** out) {
  return out == nullptr ? static_cast<int>(GOC_EINVAL) : goc::give(out, RWMutex::make());
}
goc_rwmutex* goc_rwmutex_retain(goc_rwmutex* rw) { return goc::retain_handle<RWMutex>(rw); }
void goc_rwmutex_release(goc_rwmutex* rw) { goc::release_handle<RWMutex>(rw); }

int goc_rwmutex_lock(goc_rwmutex* rw, int64_t deadline) {
  return goc::waiting_with<RWMutex>(rw, deadline, [=](RWMutex& r) { return r.acquire(deadline); });
}
int goc_rwmutex_unlock(goc_rwmutex* rw) {
  return with<RWMutex>(rw, [](RWMutex& r) { return r.free(); });
}
int goc_rwmutex_rlock(goc_rwmutex* rw, int64_t deadline) {
  return goc::waiting_with<RWMutex>(rw, deadline,
                                    [=](RWMutex& r) { return r.acquire_read(deadline); });
}
int goc_rwmutex_runlock(goc_rwmutex* rw) {
  return with<RWMutex>(rw, [](RWMutex& r) { return r.free_read(); });
}

int goc_cond_new(goc_cond** out) {
  return out == nullptr ? static_cast<int>(GOC_EINVAL) : goc::give(out, Cond::make());
}
goc_cond* goc_cond_retain(goc_cond* cond) { return goc::retain_handle<Cond>(cond); }
void goc_cond_release(goc_cond* cond) { goc::release_handle<Cond>(cond); }

int goc_cond_wait(goc_cond* cond, goc_mutex* mu, int64_t deadline) {
  return goc::waiting_with<Cond>(cond, deadline, [=](Cond& c) {
    return with<Mutex>(mu, [&](Mutex& m) { return c.wait(m, deadline); });
  });
}
int goc_cond_signal(goc_cond* cond) {
  return with<Cond>(cond, [](Cond& c) {
    c.signal();
    return GOC_OK;
  });
}
int goc_cond_broadcast(goc_cond* cond) {
  return with<Cond>(cond, [](Cond& c) {
    c.broadcast();
    return GOC_OK;
  });
}

int goc_sem_new(goc_sem** out, int64_t units) {
  if (out == nullptr || units < 0 || units > Semaphore::kMost) return GOC_EINVAL;
  return goc::give(out, Semaphore::make(units));
}
goc_sem* goc_sem_retain(goc_sem* sem) { return goc::retain_handle<Semaphore>(sem); }
void goc_sem_release(goc_sem* sem) { goc::release_handle<Semaphore>(sem); }

int goc_sem_wait(goc_sem* sem, int64_t n, int64_t deadline) {
  return goc::waiting_with<Semaphore>(sem, deadline,
                                      [=](Semaphore& s) { return s.take(n, deadline); });
}
int goc_sem_post(goc_sem* sem, int64_t n) {
  return with<Semaphore>(sem, [&](Semaphore& s) { return s.give(n); });
}

int goc_once_new(goc_once** out) {
  return out == nullptr ? static_cast<int>(GOC_EINVAL) : goc::give(out, Once::make());
}
goc_once* goc_once_retain(goc_once* once) { return goc::retain_handle<Once>(once); }
void goc_once_release(goc_once* once) { goc::release_handle<Once>(once); }

int goc_once_do(goc_once* once, goc_fn fn, void* arg) {
  if (fn == nullptr) return GOC_EINVAL;
  return goc::waiting_with<Once>(once, GOC_FOREVER, [=](Once& o) { return o.run(fn, arg); });
}
