// Who waits in an object: for tests that go on once others are blocked.
#pragma once

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
template struct Reveal<goc::WaitGroup, &goc::WaitGroup::waiters_>;
template struct Reveal<goc::Mutex, &goc::Mutex::waiters_>;
template struct Reveal<goc::Once, &goc::Once::waiters_>;

}  // namespace

namespace goc_test {

inline goc::WaitGroup& object_of(goc_wg* handle) {
  return *static_cast<goc::WaitGroup*>(reinterpret_cast<goc::Object*>(handle));
}
inline goc::Mutex& object_of(goc_mutex* handle) {
  return *static_cast<goc::Mutex*>(reinterpret_cast<goc::Object*>(handle));
}
inline goc::Once& object_of(goc_once* handle) {
  return *static_cast<goc::Once*>(reinterpret_cast<goc::Object*>(handle));
}

// The number of goroutines and threads that are blocked on the object; their stacks are at rest.
template <class Handle>
int blocked_on(Handle* handle) {
  auto& object = object_of(handle);
  const goc::Guard guard(object.lock);
  int count = 0;
  for (const goc::Waiter* w = waiters_of(object).front(); w != nullptr; w = w->next) ++count;
  return count;
}

}  // namespace goc_test
