// Who waits in an object: for tests that go on once others are blocked.
#pragma once

#include <type_traits>

#include "fixture.h"

namespace {

// Names a private member; an explicit instantiation may (C++20, [temp.spec.general]).
template <class Owner, goc::WaitQueue Owner::*queue>
struct Reveal {
  friend goc::WaitQueue& waiters_of(Owner& object) { return object.*queue; }
};
goc::WaitQueue& waiters_of(goc::WaitGroup& object);
goc::WaitQueue& waiters_of(goc::Mutex& object);
goc::WaitQueue& waiters_of(goc::Once& object);
goc::WaitQueue& waiters_of(goc::Cond& object);
goc::WaitQueue& waiters_of(goc::Semaphore& object);
template struct Reveal<goc::WaitGroup, &goc::WaitGroup::waiters_>;
template struct Reveal<goc::Mutex, &goc::Mutex::waiters_>;
template struct Reveal<goc::Once, &goc::Once::waiters_>;
template struct Reveal<goc::Cond, &goc::Cond::waiters_>;
template struct Reveal<goc::Semaphore, &goc::Semaphore::waiters_>;

template <goc::WaitQueue goc::RWMutex::*readers, goc::WaitQueue goc::RWMutex::*writers>
struct RevealBoth {
  friend goc::WaitQueue& readers_of(goc::RWMutex& object) { return object.*readers; }
  friend goc::WaitQueue& writers_of(goc::RWMutex& object) { return object.*writers; }
};
goc::WaitQueue& readers_of(goc::RWMutex& object);
goc::WaitQueue& writers_of(goc::RWMutex& object);
template struct RevealBoth<&goc::RWMutex::readers_, &goc::RWMutex::writers_>;

}  // namespace

namespace goc_test {

// The type of the object behind a handle.
template <class Handle>
struct TypeOf;
template <>
struct TypeOf<goc_wg> : std::type_identity<goc::WaitGroup> {};
template <>
struct TypeOf<goc_mutex> : std::type_identity<goc::Mutex> {};
template <>
struct TypeOf<goc_once> : std::type_identity<goc::Once> {};
template <>
struct TypeOf<goc_rwmutex> : std::type_identity<goc::RWMutex> {};
template <>
struct TypeOf<goc_cond> : std::type_identity<goc::Cond> {};
template <>
struct TypeOf<goc_sem> : std::type_identity<goc::Semaphore> {};

template <class Handle>
auto& object_of(Handle* handle) {
  return *static_cast<typename TypeOf<Handle>::type*>(reinterpret_cast<goc::Object*>(handle));
}

// The length of a queue of the object; whoever is in it has its stack at rest.
inline int length_of(goc::WaitQueue& queue, goc::Object& object) {
  const goc::Guard guard(object.lock);
  int count = 0;
  for (const goc::Waiter* w = queue.front(); w != nullptr; w = w->next) ++count;
  return count;
}

// The number of goroutines and threads that are blocked on the object.
template <class Handle>
int blocked_on(Handle* handle) {
  auto& object = object_of(handle);
  return length_of(waiters_of(object), object);
}
inline int blocked_readers(goc_rwmutex* rw) {
  return length_of(readers_of(object_of(rw)), object_of(rw));
}
inline int blocked_writers(goc_rwmutex* rw) {
  return length_of(writers_of(object_of(rw)), object_of(rw));
}

}  // namespace goc_test
