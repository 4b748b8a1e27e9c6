// Context: see context.h.
#include "context/context.h"

#include "context/scope.h"

namespace goc {
namespace {

constinit ObjectPool<Context> g_contexts;

Context* kept(Context& parent) {
  if (&parent == &Context::background()) return nullptr;
  parent.retain();
  return &parent;
}

}  // namespace

// It is never destroyed, so that it may be used while the process exits.
union Context::Background {
  constexpr Background() : context() {}
  ~Background() {}
  Context context;
};
constinit Context::Background Context::background_;

Context& Context::background() { return background_.context; }

Context* Context::make_with_value(Context& parent, const Value& value) {
  return g_contexts.make(parent, parent.scope_, value);
}
Context* Context::make_without_cancel(Context& parent) { return g_contexts.make(parent, nullptr); }
int64_t Context::live_count() { return g_contexts.live(); }
Lock& Context::pool_lock() { return g_contexts.lock(); }

Context::Context(Context& parent, Scope* scope, const Value& value)
    : Object(kTag),
      parent_(kept(parent)),
      scope_(scope),
      deadline_(scope != nullptr ? parent.deadline_ : GOC_FOREVER),
      value_(value),
      values_(value.key != nullptr ? this : parent.values_) {}

Context::Context(Context& parent, Scope& itself)
    : Object(kTag),
      parent_(kept(parent)),
      scope_(&itself),
      deadline_(parent.deadline_),
      is_scope_(true),
      values_(parent.values_) {}

Context::~Context() {
  if (value_.drop != nullptr) value_.drop(value_.data);
}

void* Context::value(const void* key) const {
  const Context* found = values_;
  while (found != nullptr && found->value_.key != key)
    found = found->parent_ != nullptr ? found->parent_->values_ : nullptr;
  return found != nullptr ? found->value_.data : nullptr;
}

void Context::let_go(Context* context) {
  while (context != nullptr && context->drop_reference()) context = destroy(*context);
}

BiasedLock& Context::guard() { return is_scope_ ? scope_->tree() : lock; }

// True if that was the last one, and nothing else keeps the context.
bool Context::drop_reference() {
  if (this == &background()) return false;
  const Guard locked(guard());
  const bool held = refs.load(std::memory_order_relaxed) != 0;
  return held && refs.fetch_sub(1, std::memory_order_acq_rel) == 1 &&
         (!is_scope_ || scope_->leave());
}

Context* Context::destroy(Context& context) {
  Context* const parent = context.parent_;
  if (context.is_scope_)
    Scope::give_back(*context.scope_);
  else
    g_contexts.destroy(&context);
  return parent;
}

}  // namespace goc
