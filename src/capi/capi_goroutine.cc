// goconc/goroutine.h
#include <goconc/goroutine.h>

#include <cstring>

#include "sched/exit.h"
#include "sched/runtime.h"

using goc::current_goroutine;
using goc::current_worker;
using goc::g_runtime;
using goc::Goroutine;
using goc::GoroutineExtra;

namespace {

void copy_name(GoroutineExtra& extra, const char* name) {
  std::memset(extra.name, 0, sizeof extra.name);
  if (name != nullptr) std::strncpy(extra.name, name, sizeof extra.name - 1);
}

}  // namespace

int goc_go(goc_fn fn, void* arg) {
  return fn == nullptr ? static_cast<int>(GOC_EINVAL)
                       : g_runtime.spawn(fn, arg, nullptr, __builtin_return_address(0));
}

int goc_go_with(const goc_go_options* options, goc_fn fn, void* arg) {
  if (options == nullptr) return goc_go(fn, arg);
  const uint32_t stack_log2 = goc::StackPool::log2_for(options->stack_size);
  if (fn == nullptr || options->size != sizeof *options || stack_log2 == 0) return GOC_EINVAL;
  GoroutineExtra* extra = goc::make_extra();
  if (extra == nullptr) return GOC_ENOMEM;
  copy_name(*extra, options->name);
  extra->finalizer = options->finalizer;
  extra->finalizer_arg = arg;
  extra->stack_log2 = options->stack_size != 0 ? stack_log2 : 0;
  extra->pinned = options->pinned != 0;
  const int result = g_runtime.spawn(fn, arg, extra, __builtin_return_address(0));
  if (result != GOC_OK) goc::release_extra(extra);
  return result;
}

void goc_yield(void) { goc::yield(); }

uint64_t goc_self(void) {
  const Goroutine* g = current_goroutine();
  return g != nullptr ? g->id : 0;
}

int goc_on_goroutine(void) { return current_goroutine() != nullptr; }

int goc_set_name(const char* name) {
  Goroutine* g = current_goroutine();
  if (g == nullptr) return GOC_EPERM;
  GoroutineExtra* extra = goc::extra_of(*g);
  if (extra == nullptr) return GOC_ENOMEM;
  copy_name(*extra, name);
  return GOC_OK;
}

int goc_exit_goroutine(void) { return goc::exit_goroutine(); }

int goc_defer(goc_fn fn, void* arg) { return goc::defer(fn, arg); }

int goc_lock_thread(void) {
  if (current_goroutine() == nullptr) return GOC_EPERM;
  current_worker()->lock_thread();
  return GOC_OK;
}

int goc_unlock_thread(void) {
  const bool unlocked = current_goroutine() != nullptr && current_worker()->unlock_thread();
  return unlocked ? GOC_OK : GOC_EPERM;
}

void goc_blocking_begin(void) {
  if (current_goroutine() != nullptr) current_worker()->set_blocking(true);
}

void goc_blocking_end(void) {
  if (current_goroutine() != nullptr) current_worker()->end_blocking();
}

int goc_blocking(goc_fn fn, void* arg) {
  if (fn == nullptr) return GOC_EINVAL;
  if (current_goroutine() != nullptr)
    current_worker()->call_on_thread(fn, arg);
  else
    fn(arg);
  return GOC_OK;
}
