// goconc/runtime.h, and what fork needs of all rooms.
#include <goconc/goroutine.h>
#include <goconc/runtime.h>
#include <goconc/sync.h>
#include <pthread.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>

#include "base/fatal.h"
#include "chan/channel.h"
#include "chan/timer.h"
#include "chan/timer_channel.h"
#include "context/context.h"
#include "context/scope.h"
#include "diag/debug_info.h"
#include "diag/watch.h"
#include "poll/descriptor_poller.h"
#include "port/port.h"
#include "sched/exit.h"
#include "sched/runtime.h"
#include "sync/cond.h"
#include "sync/flight.h"
#include "sync/group.h"
#include "sync/mutex.h"
#include "sync/once.h"
#include "sync/rwmutex.h"
#include "sync/semaphore.h"
#include "sync/waitgroup.h"

using goc::g_runtime;

namespace {

// A fork copies the memory of one thread's moment: nobody else may be inside an object pool then, or load a
// library.
template <class Use>
void for_each_lock_of_a_fork(Use use) {
  use(goc::Channel::pool_lock());
  use(goc::TimerChannel::pool_lock());
  use(goc::TimerObject::pool_lock());
  use(goc::TickerObject::pool_lock());
  use(goc::FuncTimer::pool_lock());
  use(goc::WaitGroup::pool_lock());
  use(goc::Mutex::pool_lock());
  use(goc::Once::pool_lock());
  use(goc::Port::pool_lock());
  use(goc::RWMutex::pool_lock());
  use(goc::Cond::pool_lock());
  use(goc::Semaphore::pool_lock());
  use(goc::Group::pool_lock());
  use(goc::Flight::pool_lock());
  use(goc::Context::pool_lock());
  use(goc::Scope::pool_lock());
  use(goc::Descriptor::table_lock());
  use(goc::g_poller.lock());
  use(goc::DebugInfo::loading_lock());
}

void lock_all() {
  for_each_lock_of_a_fork([](goc::Lock& lock) { lock.lock(); });
}
void unlock_all() {
  for_each_lock_of_a_fork([](goc::Lock& lock) { lock.unlock(); });
}
void restart_in_child() {
  unlock_all();
  goc::g_poller.restart_after_fork();
  g_runtime.restart_after_fork();
  goc::forget_dumps();
}

__attribute__((constructor)) void prepare() {
  goc::watch();
  pthread_atfork(&lock_all, &unlock_all, &restart_in_child);
}

// A struct of an earlier release is shorter: it ends after one of these.
constexpr size_t kOptionSizes[] = {offsetof(goc_options, deadlock), sizeof(goc_options)};

bool is_known(size_t size) {
  return std::find(std::begin(kOptionSizes), std::end(kOptionSizes), size) !=
         std::end(kOptionSizes);
}

bool valid(const goc_options& o) {
  return o.max_procs >= 0 && o.max_procs <= 1024 && o.max_threads >= 0 && o.max_threads <= 10000 &&
         goc::StackPool::log2_for(o.stack_size) != 0 && o.deadlock >= 0 &&
         o.deadlock <= GOC_DEADLOCK_OFF && o.time >= 0 && o.time <= GOC_TIME_VIRTUAL;
}

// The fields of the first release stay where they are; abidiff does not look at a struct that grows.
static_assert(offsetof(goc_options, max_procs) == 8 && offsetof(goc_options, max_threads) == 12 &&
              offsetof(goc_options, stack_size) == 16 && offsetof(goc_options, deadlock) == 24);
static_assert(static_cast<int>(goc::OnDeadlock::kOff) == GOC_DEADLOCK_OFF);
static_assert(static_cast<int>(goc::Runtime::Time::kVirtual) == GOC_TIME_VIRTUAL);

}  // namespace

namespace goc {
namespace {

struct Run {
  goc_fn fn;
  void* arg;
  goc::WaitGroup* done;
};

void run_and_tell(void* r) {
  auto* run = static_cast<Run*>(r);
  goc::WaitGroup* done = run->done;
  goc::run_to_end(run->fn, run->arg);
  done->add(-1);
}

}  // namespace
}  // namespace goc

int goc_init(const goc_options* options) {
  goc::Runtime::Options wanted;
  if (options != nullptr) {
    if (!is_known(options->size)) return GOC_EINVAL;
    goc_options all{};
    std::memcpy(&all, options, options->size);
    if (!valid(all)) return GOC_EINVAL;
    wanted.max_procs = all.max_procs;
    if (all.max_threads != 0) wanted.max_threads = all.max_threads;
    wanted.stack_log2 = goc::StackPool::log2_for(all.stack_size);
    wanted.on_deadlock = static_cast<goc::OnDeadlock>(all.deadlock);
    wanted.time = static_cast<goc::Runtime::Time>(all.time);
  }
  return g_runtime.start(wanted);
}

int goc_shutdown(int64_t deadline) {
  const bool on_worker = goc::current_worker() != nullptr;
  return on_worker ? static_cast<int>(GOC_EPERM) : g_runtime.stop(deadline);
}

int goc_run(goc_fn fn, void* arg) {
  if (fn == nullptr) return GOC_EINVAL;
  goc::WaitGroup* done = goc::WaitGroup::make();
  if (done == nullptr) return GOC_ENOMEM;
  goc::Run run{fn, arg, done};
  done->add(1);
  const int result =
      g_runtime.spawn(&goc::run_and_tell, &run, nullptr, __builtin_return_address(0));
  if (result == GOC_OK) done->wait(GOC_FOREVER);
  goc::release(*done);
  return result;
}

int goc_max_procs(void) { return g_runtime.max_procs(); }
int goc_set_max_procs(int n) { return g_runtime.set_max_procs(n); }
int64_t goc_num_goroutines(void) { return g_runtime.num_goroutines(); }
