// Handles: reference-counted objects in type-stable memory, each with a tag that every call checks.
//
// Invariants: memory that once held a T holds Ts or dead Ts until the process ends, so reading the
// tag of a released handle is always defined; a dead one has the tag kDead. A released handle is
// recognised until its memory is used for a new object of the same type.
// Objects are made by an ObjectPool only.
// Lifetime: `refs` counts the user's references. Waiters that are linked in an object keep it too:
// the object dies when its last reference has gone and its last waiter has left; both events are
// decided under the object's own lock (release() and leave_object()).
#pragma once

#include <cstdint>
#include <new>

#include "base/atomic.h"
#include "base/biased_lock.h"
#include "base/os.h"

namespace goc {

enum class Tag : uint32_t {
  kDead = 0x474F4430,
  kChannel = 0x474F4331,
  kWaitGroup,
  kMutex,
  kOnce,
  kTimer,
  kPort,
  kRWMutex,
  kCond,
  kSemaphore,
  kGroup,
  kFlight,
  kTicker,
  kContext,
  kDescriptor,
};

// The tag of one that was made under chaos (sched/chaos.h).
constexpr Tag exposed(Tag tag) {
  return static_cast<Tag>(static_cast<uint32_t>(tag) | uint32_t{1} << 31);
}

struct Object {
  explicit Object(Tag t) : tag(t) {}
  // For the few that lie in static storage and in no pool.
  struct Static {};
  constexpr Object(Tag t, Static) : tag(t), lock() {}

  void retain() { refs.fetch_add(1, std::memory_order_relaxed); }

  Atom<Tag> tag;
  Atom<uint32_t> refs{1};  // decremented under the lock only
  // As old as the memory, which begins zeroed, and not constructed with each object: an unlock of
  // the dead object may still be looking for sleepers (H2 of lock.h).
  union {
    BiasedLock lock;
  };
};

// Drops a reference of an object that has has_waiters() and a static destroy().
template <class T>
void release(T& object) {
  object.lock.lock();
  const bool held = object.refs.load(std::memory_order_relaxed) != 0;  // else waiters alone keep it
  const bool dead =
      held && object.refs.fetch_sub(1, std::memory_order_acq_rel) == 1 && !object.has_waiters();
  object.lock.unlock();
  if (dead) T::destroy(object);
}

// Unlocks an object from which waiters may have gone; frees it if nothing keeps it any more.
template <class T>
void unlock_or_free(T& object) {
  const bool dead = object.refs.load(std::memory_order_relaxed) == 0 && !object.has_waiters();
  object.lock.unlock();
  if (dead) T::destroy(object);
}

// Runs unlink() under the lock if `linked`; the last waiter of an object without references frees
// it. The result is the former `linked`.
template <class T, class Unlink>
bool leave_object(T& object, const bool& linked, Unlink unlink) {
  object.lock.lock();
  const bool was_linked = linked;
  if (!was_linked) {
    object.lock.unlock();
    return false;
  }
  unlink();
  unlock_or_free(object);
  return true;
}

// A pool of memory blocks for objects of one type. Blocks are never returned to the system.
class BlockPool {
 public:
  constexpr explicit BlockPool(size_t bytes) : bytes_(bytes) {}
  void* take();  // null without memory
  void give(void* block);

  Lock& lock() { return lock_; }  // for fork: nobody may hold it then

 private:
  struct Free {
    uint64_t header;  // the tag and count of the dead object stay readable
    char lock[sizeof(BiasedLock)];
    Free* next;
  };
  bool refill();

  Lock lock_;
  Free* free_ = nullptr;
  size_t bytes_;
};

template <class T>
class ObjectPool {
 public:
  template <class... Args>
  T* make(Args&&... args) {
    void* block = blocks_.take();
    if (block == nullptr) return nullptr;
    live_.fetch_add(1, std::memory_order_relaxed);
    // A call that completed the dead object's last operation may still hold its lock for a moment.
    static_cast<Object*>(block)->lock.lock();
    T* object = new (block) T(static_cast<Args&&>(args)...);
    object->lock.unlock();
    return object;
  }

  void destroy(T* object) {
    object->~T();
    object->tag.store(Tag::kDead, std::memory_order_relaxed);
    live_.fetch_sub(1, std::memory_order_relaxed);
    blocks_.give(object);
  }

  int64_t live() const { return live_.load(std::memory_order_relaxed); }
  Lock& lock() { return blocks_.lock(); }

 private:
  BlockPool blocks_{sizeof(T)};
  Atom<int64_t> live_{0};
};

// The object behind a handle if it is one of type T and alive, else null.
template <class T>
T* live(const void* handle) {
  auto* object = static_cast<Object*>(const_cast<void*>(handle));
  const Tag tag = object->tag.load(std::memory_order_relaxed);
  return tag == T::kTag || tag == exposed(T::kTag) ? static_cast<T*>(object) : nullptr;
}

}  // namespace goc
