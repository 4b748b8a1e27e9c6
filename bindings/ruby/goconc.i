/* The layer under Goconc: the functions of the module Goconc::Native. What each value goes through is
 * not here, but in ext/goconc/channel.h.
 *
 * Channels and handles are objects of ext/goconc/handle.h. Operations, ports and buffers never reach
 * Ruby: an exception may come between any two of its steps, so what must not be interrupted is in C. */
%module "goconc::native"

%{
#include "channel.h"
%}

%typemap(in) goc_chan *, const goc_chan * "$1 = channel_of($input)->chan;"
%typemap(in) goc_wg *, const goc_wg * "$1 = wait_group_of($input);"
%typemap(out) goc_wg * "$result = wait_group_handle($1);"

/* SWIG writes its text down, so this is the gem's, whatever libgoconc it is compiled for. */
%rename("%s") GOC_VERSION_STRING;

/* What the garbage collector or wait.h does. */
%feature("ignore") new_channel;
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
/* The cases of a select, and what Ruby knows of them. */
typedef struct choice {
  goc_case *cases;
  int64_t *words; /* of those that send */
  VALUE list;     /* [channel or nil, sends, value] for each */
  long made;      /* how many are filled */
} choice;

static VALUE fill_cases(VALUE data) {
  choice *c = (choice *)data;
  for (; c->made < RARRAY_LEN(c->list); c->made++) {
    const VALUE one = rb_ary_entry(c->list, c->made);
    const VALUE owner = rb_ary_entry(one, 0);
    goc_case *out = &c->cases[c->made];
    const bool sends = RTEST(rb_ary_entry(one, 1));
    *out = (goc_case){NULL, sends ? GOC_SEND : GOC_RECV, GOC_OK, NULL};
    if (sends) out->elem = &c->words[c->made];
    if (NIL_P(owner)) continue;
    channel *to = channel_of(owner);
    if (sends) c->words[c->made] = word_of(to, owner, rb_ary_entry(one, 2));
    out->chan = to->chan;
  }
  return Qnil;
}

static channel *channel_at(VALUE list, long i) {
  return channel_of(rb_ary_entry(rb_ary_entry(list, i), 0));
}

/* Gives the words back of all that send, except of the one that has sent. */
static void drop_unsent(const choice *c, long sent) {
  for (long i = 0; i < c->made; i++)
    if (i != sent && c->cases[i].chan != NULL && c->cases[i].op == GOC_SEND)
      drop(channel_at(c->list, i), c->words[i]);
}
%}

%inline %{
/* Makes the object a new channel. */
static void create_channel(VALUE channel, int kind, int64_t capacity) {
  init_channel(channel, new_channel(kind, capacity));
}
/* Makes the object the channel at this address, for which it takes a reference. */
static void open_channel(VALUE channel, int64_t address, int kind) {
  static const char *const kinds[] = {"objects of its own language", "int64", "double", "bytes"};
  goc_chan *chan = (goc_chan *)(intptr_t)address;
  const int actual = goc_chan_kind(chan);
  if (actual < 0) rb_raise(rb_eArgError, "%#" PRIx64 " is not the handle of a channel", address);
  if (actual != kind)
    rb_raise(rb_eTypeError, "the channel carries %s, not %s", kinds[actual], kinds[kind]);
  init_channel(channel, goc_chan_retain(chan));
}
static int64_t channel_address(const goc_chan *channel) { return (int64_t)(intptr_t)channel; }

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
  if (received) value = value_of(channel_at(list, fired), r.value);
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
  define_channel();
  init_operations();
%}
