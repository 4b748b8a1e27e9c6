// goconc/channel.h and goconc/select.h
#include <goconc/buf.h>
#include <goconc/select.h>

#include "capi/handle.h"
#include "chan/channel.h"
#include "chan/select.h"
#include "sched/runtime.h"

using goc::Channel;

namespace {

// What an operation on a NULL channel does: waits until the deadline.
int wait_for_nothing(int64_t deadline) { return goc::select(nullptr, 0, deadline); }

int check(const goc_case& c) {
  if (c.op != GOC_SEND && c.op != GOC_RECV) return GOC_EINVAL;
  if (c.chan == nullptr) return GOC_OK;
  int error;
  const Channel* channel = goc::resolve<Channel>(c.chan, &error);
  if (channel == nullptr) return error;
  const bool no_value = c.op == GOC_SEND && c.elem == nullptr && channel->elem_size() != 0;
  return no_value ? GOC_EINVAL : GOC_OK;
}

// Fills in what the kind says; false if the options contradict it.
bool complete(goc_chan_options& options) {
  constexpr size_t kWord = 8;
  if (options.kind < GOC_KIND_RAW || options.kind > GOC_KIND_BYTES) return false;
  if (options.elem_size != 0 && options.elem_size != kWord) return false;
  if (options.drop != nullptr || options.relocate != nullptr) return false;
  options.elem_size = kWord;
  if (options.kind == GOC_KIND_BYTES)
    options.drop = [](void* elem) { goc_buf_release(*static_cast<goc_buf**>(elem)); };
  return true;
}

}  // namespace

int goc_chan_new(goc_chan** out, size_t elem_size, size_t capacity) {
  goc_chan_options options = GOC_CHAN_OPTIONS_INIT;
  options.elem_size = elem_size;
  options.capacity = capacity;
  return goc_chan_new_with(out, &options);
}

int goc_chan_new_with(goc_chan** out, const goc_chan_options* options) {
  if (out == nullptr || options == nullptr || options->size != sizeof *options) return GOC_EINVAL;
  goc_chan_options wanted = *options;
  if (wanted.kind != GOC_KIND_RAW && !complete(wanted)) return GOC_EINVAL;
  size_t bytes;
  if (__builtin_mul_overflow(wanted.elem_size, wanted.capacity, &bytes) || bytes > PTRDIFF_MAX)
    return GOC_EINVAL;
  return goc::give(out, Channel::make(wanted));
}

goc_chan* goc_chan_retain(goc_chan* ch) { return goc::retain_handle<Channel>(ch); }
void goc_chan_release(goc_chan* ch) { goc::release_handle<Channel>(ch); }

int goc_chan_send(goc_chan* ch, const void* elem, int64_t deadline) {
  if (ch == nullptr) return wait_for_nothing(deadline);
  return goc::waiting_with<Channel>(
      ch, deadline, [=](Channel & c) __attribute__((always_inline)) {
        if (elem == nullptr && c.elem_size() != 0) return static_cast<int>(GOC_EINVAL);
        return c.send(elem, deadline);
      });
}

int goc_chan_recv(goc_chan* ch, void* elem, int64_t deadline) {
  if (ch == nullptr) return wait_for_nothing(deadline);
  return goc::waiting_with<Channel>(ch, deadline,
                                    [=](Channel& c) { return c.recv(elem, deadline); });
}

int goc_chan_close(goc_chan* ch) {
  return goc::with<Channel>(ch, [](Channel& c) { return c.close(); });
}

size_t goc_chan_len(const goc_chan* ch) {
  int error;
  const Channel* channel = goc::resolve<Channel>(ch, &error);
  return channel != nullptr ? channel->len() : 0;
}

size_t goc_chan_cap(const goc_chan* ch) {
  int error;
  const Channel* channel = goc::resolve<Channel>(ch, &error);
  return channel != nullptr ? channel->cap() : 0;
}

int goc_chan_kind(const goc_chan* ch) {
  int error;
  const Channel* channel = goc::resolve<Channel>(ch, &error);
  return channel != nullptr ? channel->kind() : error;
}

int goc_chan_is_closed(const goc_chan* ch) {
  int error;
  const Channel* channel = goc::resolve<Channel>(ch, &error);
  return channel != nullptr && channel->closed();
}

int goc_select(goc_case* cases, size_t n, int64_t deadline) {
  if ((cases == nullptr && n > 0) || n > GOC_SELECT_MAX) return GOC_EINVAL;
  for (size_t i = 0; i < n; ++i)
    if (const int error = check(cases[i]); error != GOC_OK) return error;
  const auto select = [=] { return goc::select(cases, n, deadline); };
  return goc::g_runtime.chaotic() ? goc::in_chaos(deadline, select) : select();
}
