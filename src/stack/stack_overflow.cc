// The SIGSEGV handler: see stack_overflow.h.
#include "stack/stack_overflow.h"

#include <signal.h>

namespace goc {
namespace {

constexpr size_t kSignalStackBytes = 64 * 1024;

const StackPool* g_pool;
void (*g_report)(const Stack&);
struct sigaction g_before_segv;
struct sigaction g_before_bus;

// By kill() and the like: there is no fault, and no address.
bool sent(const siginfo_t& info) { return info.si_code <= 0; }

void pass_on(int signal, siginfo_t* info, void* context) {
  const struct sigaction& before = signal == SIGSEGV ? g_before_segv : g_before_bus;
  if ((before.sa_flags & SA_SIGINFO) != 0 && before.sa_sigaction != nullptr)
    return before.sa_sigaction(signal, info, context);
  if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN)
    return before.sa_handler(signal);
  if (sent(*info) && before.sa_handler == SIG_IGN) return;
  sigaction(signal, &before, nullptr);  // the fault happens again and takes its default course
  if (sent(*info)) raise(signal);
}

void on_fault(int signal, siginfo_t* info, void* context) {
  const Stack* stack = sent(*info) ? nullptr : g_pool->guarded_by(info->si_addr);
  if (stack == nullptr) return pass_on(signal, info, context);
  g_report(*stack);
  struct sigaction standard = {};
  standard.sa_handler = SIG_DFL;
  sigaction(signal, &standard, nullptr);
}

}  // namespace

void catch_stack_overflow(const StackPool& pool, void (*report)(const Stack&)) {
  if (g_pool != nullptr) return;
  g_pool = &pool;
  g_report = report;
  struct sigaction action = {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  sigemptyset(&action.sa_mask);
  sigaction(SIGSEGV, &action, &g_before_segv);
  sigaction(SIGBUS, &action, &g_before_bus);
}

SignalStack::SignalStack() : memory_(os::map(kSignalStackBytes)) {
  if (memory_ == nullptr) return;
  stack_t stack = {};
  stack.ss_sp = memory_;
  stack.ss_size = kSignalStackBytes;
  sigaltstack(&stack, nullptr);
}

SignalStack::~SignalStack() {
  if (memory_ == nullptr) return;
  stack_t off = {};
  off.ss_flags = SS_DISABLE;
  sigaltstack(&off, nullptr);
  os::unmap(memory_, kSignalStackBytes);
}

}  // namespace goc
