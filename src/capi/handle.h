// From handles to objects, with the checks that every entry of the C ABI makes.
#pragma once

#include <goconc/error.h>

#include "base/object.h"
#include "sched/chaos.h"

namespace goc {

// The object, or null with *error set to GOC_EINVAL (NULL) or GOC_EBADHANDLE.
template <class T>
T* resolve(const void* handle, int* error) {
  T* object = handle != nullptr ? live<T>(handle) : nullptr;
  *error = object != nullptr ? GOC_OK : handle == nullptr ? GOC_EINVAL : GOC_EBADHANDLE;
  return object;
}

// Calls use(object) for a good handle; the error otherwise.
template <class T, class Use>
int with(const void* handle, Use use) {
  int error;
  T* object = resolve<T>(handle, &error);
  return object != nullptr ? use(*object) : error;
}

// with() for what may wait until the deadline.
template <class T, class Use>
__attribute__((noinline, cold)) int with_exposed(const void* handle, int64_t deadline, Use use) {
  return with<T>(handle,
                 [=](T& object) { return in_chaos(deadline, [&] { return use(object); }); });
}
template <class T, class Use>
__attribute__((always_inline)) inline int waiting_with(void* handle, int64_t deadline, Use use) {
  auto* object = static_cast<Object*>(handle);
  if (object == nullptr || object->tag.load(std::memory_order_relaxed) != T::kTag) [[unlikely]]
    return with_exposed<T>(handle, deadline, use);
  return use(static_cast<T&>(*object));
}

template <class T, class Handle>
Handle* retain_handle(Handle* handle) {
  int error;
  if (T* object = resolve<T>(handle, &error)) object->retain();
  return handle;
}

template <class T>
void release_handle(void* handle) {
  int error;
  if (T* object = resolve<T>(handle, &error)) release(*object);
}

// Stores a new object in *out.
template <class T, class Handle>
int give(Handle** out, T* object) {
  if (object == nullptr) return GOC_ENOMEM;
  if (g_runtime.expects_chaos()) [[unlikely]]
    object->tag.store(exposed(T::kTag), std::memory_order_relaxed);
  *out = reinterpret_cast<Handle*>(static_cast<Object*>(object));
  return GOC_OK;
}

}  // namespace goc
