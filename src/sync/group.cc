// Group: see group.h.
#include "sync/group.h"

#include "sched/exit.h"
#include "sched/runtime.h"

namespace goc {
namespace {

constinit ObjectPool<Group> g_groups;

void release_if_any(Semaphore* slots) {
  if (slots != nullptr) release(*slots);
}

}  // namespace

Group* Group::make(Scope* scope) {
  WaitGroup* running = WaitGroup::make();
  if (running == nullptr) return nullptr;
  Group* group = g_groups.make(*running, scope);
  if (group == nullptr) release(*running);
  return group;
}

void Group::destroy(Group& group) { g_groups.destroy(&group); }
int64_t Group::live_count() { return g_groups.live(); }
Lock& Group::pool_lock() { return g_groups.lock(); }

Group::Group(WaitGroup& running, Scope* scope) : Object(kTag), running_(&running), scope_(scope) {
  if (scope != nullptr) scope->retain();
}

Group::~Group() {
  Context::let_go(scope_);
  release_if_any(slots_);
  release(*running_);
}

// One goroutine of a group: keeps the group and its place in the limit, and is in its memory only
// until it begins to run.
class Group::Task {
 public:
  Task(Group& group, Semaphore* slots, goc_task fn, void* arg)
      : group_(group), slots_(slots), fn_(fn), arg_(arg) {}

  static void run(void* memory) {
    Task task = *static_cast<Task*>(memory);
    os::release(memory);
    run_to_end(&call, &task);
    task.end();
  }

 private:
  // An exit leaves no error.
  static void call(void* t) {
    auto& task = *static_cast<Task*>(t);
    task.error_ = task.fn_(task.arg_);
  }
  void end() {
    group_.note(error_);
    if (slots_ != nullptr) slots_->give(1);
    release_if_any(slots_);
    group_.running_->add(-1);
    release(group_);
  }

  Group& group_;
  Semaphore* slots_;
  goc_task fn_;
  void* arg_;
  int error_ = 0;
};

int Group::go(goc_task fn, void* arg, int64_t deadline, const void* site) {
  Semaphore* slots = this->slots();
  int result = slots != nullptr ? slots->take(1, deadline) : static_cast<int>(GOC_OK);
  if (result == GOC_OK) {
    result = live<Group>(this) != nullptr ? start(fn, arg, slots, site)
                                          : static_cast<int>(GOC_EBADHANDLE);
    if (result == GOC_OK) return GOC_OK;
    if (slots != nullptr) slots->give(1);
  }
  release_if_any(slots);
  return result;
}

// Takes over a reference of `slots` on success.
int Group::start(goc_task fn, void* arg, Semaphore* slots, const void* site) {
  void* memory = os::allocate(sizeof(Task));
  if (memory == nullptr) return GOC_ENOMEM;
  new (memory) Task(*this, slots, fn, arg);
  retain();
  int result = running_->add(1);
  if (result == GOC_OK) {
    result = g_runtime.spawn(&Task::run, memory, nullptr, site);
    if (result == GOC_OK) return GOC_OK;
    running_->add(-1);
  }
  os::release(memory);
  release(*this);
  return result;
}

Semaphore* Group::slots() {
  Guard guard(lock);
  if (slots_ != nullptr) slots_->retain();
  return slots_;
}

int Group::wait(int* first_error, int64_t deadline) {
  if (const int result = running_->wait(deadline); result != GOC_OK) return result;
  if (live<Group>(this) == nullptr) return GOC_EBADHANDLE;
  const int error = first_error_.load(std::memory_order_relaxed);
  cancel(error);
  if (first_error != nullptr) *first_error = error;
  return GOC_OK;
}

int Group::set_limit(int64_t limit) {
  if (limit > Semaphore::kMost) limit = -1;
  Semaphore* fresh = limit < 0 ? nullptr : Semaphore::make(limit);
  if (limit >= 0 && fresh == nullptr) return GOC_ENOMEM;
  lock.lock();
  const bool idle = running_->count() == 0 && (slots_ == nullptr || slots_->idle());
  if (idle) std::swap(fresh, slots_);
  lock.unlock();
  release_if_any(fresh);
  return idle ? GOC_OK : GOC_EPERM;
}

void Group::note(int error) {
  int none = 0;
  if (error != 0 && first_error_.compare_exchange_strong(none, error, std::memory_order_relaxed))
    cancel(error);
}

void Group::cancel(int error) {
  if (scope_ != nullptr) scope_->end(GOC_ECANCELED, {error, nullptr, nullptr});
}

}  // namespace goc
