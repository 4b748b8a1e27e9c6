// From handles to objects, with the checks that every entry of the C ABI makes.
#pragma once

#include <goconc/error.h>

#include "base/object.h"

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
  *out = reinterpret_cast<Handle*>(static_cast<Object*>(object));
  return GOC_OK;
}

}  // namespace goc
