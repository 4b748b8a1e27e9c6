/* The layer under Goconc: the functions of the module Goconc::Native.
 *
 * Handles are objects of ext/goconc/handle.h. Operations, ports and buffers never reach Ruby: an
 * exception may come between any two of its steps, so what must not be interrupted is in C. */
%module "goconc::native"

%{
#include "handle.h"
#include "operation.h"
#include "value.h"
#include "wait.h"
%}

%typemap(in) goc_chan *, const goc_chan * "$1 = channel_of($input)->chan;"
%typemap(out) goc_chan * "$result = channel_handle($1);"
%typemap(in) goc_wg *, const goc_wg * "$1 = wait_group_of($input);"
%typemap(out) goc_wg * "$result = wait_group_handle($1);"

/* SWIG writes its text down, so this is the gem's, whatever libgoconc it is compiled for. */
%rename("%s") GOC_VERSION_STRING;

/* What the garbage collector or wait.h does. */
%feature("ignore") goc_chan_retain;
%feature("ignore") goc_chan_release;
%feature("ignore") goc_wg_release;
%feature("ignore") goc_buf_release;
%feature("ignore") goc_port_interrupt;
%feature("ignore") goc_chan_send_op;
%feature("ignore") goc_chan_recv_op;
%feature("ignore") goc_wg_wait_op;
%feature("ignore") goc_op_interrupt;
%feature("ignore") goc_op_cancel;
%feature("ignore") select_op;
%feature("ignore") new_port;
%feature("ignore") poll_token;

%include "../swig/common.i"

%{
/* nil: for ever; else seconds. */
static int64_t deadline_of(VALUE timeout) {
  if (NIL_P(timeout)) return GOC_FOREVER;
  const double seconds = NUM2DBL(timeout);
  if (!(seconds >= 0)) rb_raise(rb_eArgError, "timeout must not be negative");
  if (seconds == 0) return GOC_NOW;
  return seconds < 9e9 ? goc_deadline((int64_t)(seconds * GOC_SECOND)) : GOC_FOREVER;
}

/* Ends a request whose result is not GOC_OK. */
static void fail(const request *r, int result) {
  if (r->raised) rb_jump_tag(r->raised);
  if (result == GOC_ENOMEM) rb_memerror();
  rb_raise(rb_eRuntimeError, "%s: %s", goc_error_name(result), goc_strerror(result));
}

/* Ends a request: true if it was carried out, false if its time is over. */
static bool finish(const request *r, int result) {
  if (r->raised || (result != GOC_OK && result != GOC_ETIMEDOUT)) fail(r, result);
  return result == GOC_OK;
}

static void raise_closed(void) {
  rb_exc_raise(rb_class_new_instance(0, NULL, rb_path2class("Goconc::ClosedError")));
}

/* GOC_OK: *value is what was received; GOC_ECLOSED; GOC_ETIMEDOUT. */
static int receive(VALUE channel, VALUE timeout, VALUE *value) {
  request r = {.n = 1, .deadline = deadline_of(timeout), .blocker = channel};
  const goc_case one = {channel_of(channel)->chan, GOC_RECV, GOC_OK, NULL};
  r.cases = &one;
  const int result = perform(&r);
  if (result == GOC_OK && r.status == GOC_OK) *value = value_of(channel, r.value);
  return finish(&r, result) ? r.status : GOC_ETIMEDOUT;
}

/* The cases of a select, and what Ruby knows of them. */
typedef struct choice {
  goc_case *cases;
  int64_t *words; /* of those that send */
  VALUE list;     /* [handle or nil, sends, value] for each */
  long made;      /* how many are filled */
} choice;

static VALUE fill_cases(VALUE data) {
  choice *c = (choice *)data;
  for (; c->made < RARRAY_LEN(c->list); c->made++) {
    const VALUE one = rb_ary_entry(c->list, c->made);
    const VALUE handle = rb_ary_entry(one, 0);
    goc_case *out = &c->cases[c->made];
    const bool sends = RTEST(rb_ary_entry(one, 1));
    *out = (goc_case){NULL, sends ? GOC_SEND : GOC_RECV, GOC_OK, NULL};
    if (sends) out->elem = &c->words[c->made];
    if (NIL_P(handle)) continue;
    if (sends) c->words[c->made] = word_of(handle, rb_ary_entry(one, 2));
    out->chan = channel_of(handle)->chan;
  }
  return Qnil;
}

/* Gives the words back of all that send, except of the one that has sent. */
static void drop_unsent(const choice *c, long sent) {
  for (long i = 0; i < c->made; i++)
    if (i != sent && c->cases[i].chan != NULL && c->cases[i].op == GOC_SEND)
      drop(rb_ary_entry(rb_ary_entry(c->list, i), 0), c->words[i]);
}
%}

%inline %{
/* The channel at this address, for which it takes a reference. */
static VALUE open_channel(int64_t address, int kind) {
  static const char *const kinds[] = {"objects of its own language", "int64", "double", "bytes"};
  goc_chan *chan = (goc_chan *)(intptr_t)address;
  const int actual = goc_chan_kind(chan);
  if (actual < 0) rb_raise(rb_eArgError, "%#" PRIx64 " is not the handle of a channel", address);
  if (actual != kind)
    rb_raise(rb_eTypeError, "the channel carries %s, not %s", kinds[actual], kinds[kind]);
  return channel_handle(goc_chan_retain(chan));
}
static int64_t channel_address(const goc_chan *channel) { return (int64_t)(intptr_t)channel; }

/* Whether it was sent in time; ClosedError. */
static VALUE push_value(VALUE channel, VALUE value, VALUE timeout) {
  request r = {.n = 1, .deadline = deadline_of(timeout), .blocker = channel};
  int64_t word = word_of(channel, value);
  const goc_case one = {channel_of(channel)->chan, GOC_SEND, GOC_OK, &word};
  r.cases = &one;
  const int result = perform(&r);
  if (result != GOC_OK || r.status != GOC_OK) drop(channel, word);
  if (!finish(&r, result)) return Qfalse;
  if (r.status == GOC_ECLOSED) raise_closed();
  return Qtrue;
}

/* The value; nil: its time is over; ClosedError. */
static VALUE pop_value(VALUE channel, VALUE timeout) {
  VALUE value = Qnil;
  if (receive(channel, timeout, &value) == GOC_ECLOSED) raise_closed();
  return value;
}

/* [value, true]; [nil, false]: it is closed; nil: its time is over. */
static VALUE receive_value(VALUE channel, VALUE timeout) {
  VALUE value = Qnil;
  const int result = receive(channel, timeout, &value);
  if (result == GOC_ETIMEDOUT) return Qnil;
  return rb_assoc_new(value, result == GOC_OK ? Qtrue : Qfalse);
}

/* [index, value, whether that channel was open]; nil: its time is over. */
static VALUE select_one(VALUE list, VALUE timeout) {
  VALUE case_buffer, word_buffer;
  const long n = RARRAY_LEN(list);
  choice c = {.list = list};
  request r = {.n = (size_t)n, .deadline = deadline_of(timeout), .blocker = list};
  c.cases = ALLOCV_N(goc_case, case_buffer, n + 1);
  c.words = ALLOCV_N(int64_t, word_buffer, n + 1);
  r.cases = c.cases;
  rb_protect(fill_cases, (VALUE)&c, &r.raised);
  const int result = r.raised ? GOC_EINTR : perform(&r);

  const long fired = result == GOC_OK ? r.index : -1;
  const bool received = fired >= 0 && c.cases[fired].op == GOC_RECV && r.status == GOC_OK;
  drop_unsent(&c, r.status == GOC_OK ? fired : -1);
  VALUE value = Qnil;
  if (received) value = value_of(rb_ary_entry(rb_ary_entry(list, fired), 0), r.value);
  ALLOCV_END(case_buffer);
  ALLOCV_END(word_buffer);
  if (!finish(&r, result)) return Qnil;
  return rb_ary_new_from_args(3, LONG2FIX(fired), value, r.status == GOC_OK ? Qtrue : Qfalse);
}

/* Whether it became zero in time. */
static VALUE wait_for_zero(VALUE wait_group, VALUE timeout) {
  request r = {.deadline = deadline_of(timeout), .blocker = wait_group};
  r.wg = wait_group_of(wait_group);
  return finish(&r, perform(&r)) ? Qtrue : Qfalse;
}

/* Resumes the fibers whose operations a close or a WaitGroup's zero has completed. */
static void resume_completed(void) {
  int raised = 0;
  settle_after_fork(&raised);
  dispatch_events(&raised);
  if (raised) rb_jump_tag(raised);
}

/* How many operations are under way. */
static int64_t pending(void) { return in_use; }
%}

%init %{
  late_exception = rb_intern("goconc_late_exception");
  init_operations();
%}
