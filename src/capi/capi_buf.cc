// goconc/buf.h
#include <goconc/buf.h>

#include "chan/buffer.h"

namespace {

goc::Buffer* buffer(const goc_buf* buf) {
  return reinterpret_cast<goc::Buffer*>(const_cast<goc_buf*>(buf));
}

int give(goc_buf** out, goc::Buffer* made) {
  if (made == nullptr) return GOC_ENOMEM;
  *out = reinterpret_cast<goc_buf*>(made);
  return GOC_OK;
}

}  // namespace

int goc_buf_new(goc_buf** out, const void* data, size_t len) {
  return out != nullptr ? give(out, goc::Buffer::make(data, len)) : static_cast<int>(GOC_EINVAL);
}

int goc_buf_wrap(goc_buf** out, const void* data, size_t len, goc_fn free_fn, void* arg) {
  if (out == nullptr || (data == nullptr && len > 0)) return GOC_EINVAL;
  return give(out, goc::Buffer::wrap(data, len, free_fn, arg));
}

void* goc_buf_data(const goc_buf* buf) { return buf != nullptr ? buffer(buf)->data() : nullptr; }
size_t goc_buf_len(const goc_buf* buf) { return buf != nullptr ? buffer(buf)->size() : 0; }

goc_buf* goc_buf_retain(goc_buf* buf) {
  if (buf != nullptr) buffer(buf)->retain();
  return buf;
}
void goc_buf_release(goc_buf* buf) {
  if (buf != nullptr) buffer(buf)->release();
}
