/* common.i: what all languages need of goconc's C ABI, as a thin layer of numbers.
 *
 * Each language's goconc.i says %module, its typemaps, and then %include "common.i". Handles stay
 * pointers here, so that a language may map them as it likes; values, tokens and times are int64_t;
 * a status is an int. No function here waits for anything, and none takes a function of the
 * language: a goroutine runs on a stack of goconc's own, which a VM must not see. Languages that have
 * a thread to spare for waiting add such functions themselves.
 *
 * What is wrapped is listed by name; the headers are the manual. */
#if SWIG_VERSION < 0x040100
#error "goconc needs SWIG 4.1 or newer"
#endif

%{
#include <goconc/goconc.h>
%}

%include <stdint.i>

#define GOC_API
%ignore "";

%rename("%s") goc_error_name;
%rename("%s") goc_strerror;
%rename("%s") goc_version;
%rename("%s") goc_abi_version;
%rename("%s") goc_num_goroutines;

%rename("%s") goc_chan_retain;
%rename("%s") goc_chan_release;
%rename("%s") goc_chan_close;
%rename("%s") goc_chan_kind;
%rename("%s") goc_chan_is_closed;

%rename("%s") goc_buf_release;

%rename("%s") goc_wg_release;
%rename("%s") goc_wg_add;
%rename("%s") goc_wg_done;
%rename("%s") goc_wg_count;

%rename("%s") goc_port_interrupt;

%rename("%s") goc_chan_send_op;
%rename("%s") goc_chan_recv_op;
%rename("%s") goc_wg_wait_op;
%rename("%s") goc_op_interrupt;
%rename("%s") goc_op_cancel;

%include <goconc/types.h>
%include <goconc/version.h>
%include <goconc/error.h>
%include <goconc/runtime.h>
%include <goconc/channel.h>
%include <goconc/select.h>
%include <goconc/buf.h>
%include <goconc/sync.h>
%include <goconc/port.h>

%rename("%s") "";

%{
static int try_op(goc_chan *channel, int direction, goc_op *op, goc_port *port) {
  goc_case only = {channel, direction, GOC_OK, NULL};
  const int fired = goc_select_op(&only, 1, op, port, GOC_OP_NOW);
  return fired == GOC_OK ? op->status : fired;
}
%}

/* The rest of the layer: what the headers say with out parameters or unsigned numbers. */
%inline %{
/* The ABI that this layer was compiled for: goc_abi_version() of the loaded library must be equal. */
static int compiled_abi(void) { return GOC_ABI_VERSION; }

/* A new channel of words of this kind, with one reference; NULL without memory, or if the capacity is
 * negative or larger than memory can be. */
static goc_chan *new_channel(int kind, int64_t capacity) {
  goc_chan_options options = GOC_CHAN_OPTIONS_INIT;
  goc_chan *channel = NULL;
  options.elem_size = sizeof(int64_t);
  options.capacity = (size_t)capacity;
  options.kind = kind;
  return capacity >= 0 && goc_chan_new_with(&channel, &options) == GOC_OK ? channel : NULL;
}
static int64_t channel_length(const goc_chan *channel) { return (int64_t)goc_chan_len(channel); }
static int64_t channel_capacity(const goc_chan *channel) { return (int64_t)goc_chan_cap(channel); }

/* Send or receive only if that is possible at once: GOC_OK, GOC_ECLOSED, or GOC_EAGAIN. */
static int try_send_op(goc_chan *channel, goc_op *op, goc_port *port) {
  return try_op(channel, GOC_SEND, op, port);
}
static int try_recv_op(goc_chan *channel, goc_op *op, goc_port *port) {
  return try_op(channel, GOC_RECV, op, port);
}

/* goc_select_op(). */
static int select_op(const goc_case *cases, int64_t n, goc_op *op, goc_port *port, int flags) {
  return goc_select_op(cases, (size_t)n, op, port, flags);
}

/* NULL without memory. */
static goc_wg *new_wait_group(void) {
  goc_wg *wg = NULL;
  return goc_wg_new(&wg) == GOC_OK ? wg : NULL;
}
static goc_port *new_port(void) {
  goc_port *port = NULL;
  return goc_port_new(&port) == GOC_OK ? port : NULL;
}

/* The token of the oldest event; 0 if there is none. */
static int64_t poll_token(goc_port *port) {
  int64_t token = 0;
  return goc_port_poll(port, &token, 1) == 1 ? token : 0;
}
%}
