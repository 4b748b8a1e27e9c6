// A context: a place in a tree, from which values and the end are found above.
//
// There are three kinds: the background, of which there is one and which is never freed; plain ones, made
// for a value or to be safe from a cancel; and Scopes (scope.h), which can be done. Each knows the nearest
// scope and the nearest value, itself included, so nobody walks up for the first, and only past values for
// the second.
//
// Invariants: a context keeps its parent, and so all that it points to above; but for that it is never
// changed once it has been handed out. The background need not be kept: it is nobody's parent_.
// Locking: references are dropped under guard(), the lock of its tree for a scope, else its own.
#pragma once

#include <goconc/context.h>

#include "base/object.h"

namespace goc {

class Scope;

class Context : public Object {
 public:
  static constexpr Tag kTag = Tag::kContext;

  struct Value {
    const void* key;  // null: none
    void* data;
    goc_fn drop;
  };

  static Context& background();
  // Null without memory; the value is dropped with the context.
  static Context* make_with_value(Context& parent, const Value& value);
  static Context* make_without_cancel(Context& parent);
  static int64_t live_count();  // but for scopes
  static Lock& pool_lock();

  // Drops a reference, and those that it has kept in turn: in a loop, for trees may be deep.
  static void let_go(Context* context);

  // With whom it ends; null: it is never done.
  Scope* scope() const { return scope_; }
  // Itself, if it can be ended alone.
  Scope* as_scope() const { return is_scope_ ? scope_ : nullptr; }
  int64_t deadline() const { return deadline_; }
  void* value(const void* key) const;

 protected:
  template <class T>
  friend class ObjectPool;

  constexpr Context() : Object(kTag, Static{}) {}  // the background
  Context(Context& parent, Scope* scope, const Value& value = {});
  Context(Context& parent, Scope& itself);
  ~Context();
  // Gives its memory back; its parent, which is to be let go.
  static Context* destroy(Context& context);

  Context* const parent_ = nullptr;
  Scope* const scope_ = nullptr;
  int64_t deadline_ = GOC_FOREVER;  // the earliest of its own and those above

 private:
  union Background;
  static Background background_;

  BiasedLock& guard();
  bool drop_reference();

  const bool is_scope_ = false;
  const Value value_ = {};
  const Context* const values_ = nullptr;
};

}  // namespace goc
