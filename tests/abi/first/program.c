/* program.c: calls every function of goconc 0.1.0 as its header had it, and checks the results. It is
 * never changed: what it expects of 0.1.0 it expects of every library that is called libgoconc.so.1. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "goconc-0.1.0.h"

#define EXPECT(condition) expect((condition) != 0, #condition, __LINE__)

/* The first failure ends the program: what follows might wait for ever. */
static void expect(int holds, const char *condition, int line) {
  if (holds) return;
  printf("program.c:%d: with libgoconc %s does not hold any more: %s\n", line, goc_version(),
         condition);
  exit(1);
}

static void count(void *arg) { ++*(int *)arg; }

/* --- Codes and versions ---------------------------------------------------------------------- */

#define EXPECT_NAME(code) EXPECT(strcmp(goc_error_name(code), #code) == 0)

static void codes(void) {
  EXPECT_NAME(GOC_OK);
  EXPECT_NAME(GOC_EINVAL);
  EXPECT_NAME(GOC_EBADHANDLE);
  EXPECT_NAME(GOC_ENOMEM);
  EXPECT_NAME(GOC_EAGAIN);
  EXPECT_NAME(GOC_ETIMEDOUT);
  EXPECT_NAME(GOC_ECLOSED);
  EXPECT_NAME(GOC_ECANCELED);
  EXPECT_NAME(GOC_EALREADY);
  EXPECT_NAME(GOC_EPERM);
  EXPECT_NAME(GOC_ENEGATIVE);
  EXPECT_NAME(GOC_EDEADLK);
  EXPECT_NAME(GOC_EOVERFLOW);
  EXPECT_NAME(GOC_ETOOLATE);
  EXPECT_NAME(GOC_EINTR);
  EXPECT_NAME(GOC_PENDING);
  EXPECT(strcmp(goc_error_name(1), "GOC_UNKNOWN") == 0);
  EXPECT(strlen(goc_strerror(GOC_ECLOSED)) > 0);
  EXPECT(strchr(goc_version(), '.') != NULL);
  EXPECT(goc_abi_version() == GOC_ABI_VERSION);
}

/* --- Channels -------------------------------------------------------------------------------- */

typedef struct pair {
  int64_t a;
  char b;
} pair;

static int dropped, relocated;

static void drop_pair(void *elem) { dropped += ((pair *)elem)->b; }

static void relocate_pair(void *dst, void *src) {
  memcpy(dst, src, sizeof(pair));
  relocated++;
}

static void buffered_channel(void) {
  goc_chan *ch;
  int value = 7;
  EXPECT(goc_chan_new(&ch, sizeof value, 2) == GOC_OK);
  EXPECT(goc_chan_cap(ch) == 2);
  EXPECT(goc_chan_kind(ch) == GOC_KIND_RAW);
  EXPECT(goc_chan_recv(ch, &value, GOC_NOW) == GOC_EAGAIN);
  EXPECT(goc_chan_recv(ch, &value, goc_deadline(GOC_MICROSECOND)) == GOC_ETIMEDOUT);
  EXPECT(goc_chan_send(ch, &value, GOC_FOREVER) == GOC_OK);
  EXPECT(goc_chan_len(ch) == 1);
  EXPECT(goc_chan_is_closed(ch) == 0);
  EXPECT(goc_chan_close(ch) == GOC_OK);
  EXPECT(goc_chan_is_closed(ch) == 1);
  EXPECT(goc_chan_send(ch, &value, GOC_NOW) == GOC_ECLOSED);
  value = 0;
  EXPECT(goc_chan_recv(ch, &value, GOC_FOREVER) == GOC_OK);
  EXPECT(value == 7);
  EXPECT(goc_chan_recv(ch, &value, GOC_FOREVER) == GOC_ECLOSED);
  EXPECT(value == 0);
  EXPECT(goc_chan_retain(ch) == ch);
  goc_chan_release(ch);
  goc_chan_release(ch);
}

/* Every field of the options has an effect: they lie where they lay. */
static void channel_with_options(void) {
  goc_chan_options options = GOC_CHAN_OPTIONS_INIT;
  goc_chan *ch;
  pair one = {1, 1}, out = {0, 0};
  options.elem_size = sizeof(pair);
  options.capacity = 3;
  options.drop = drop_pair;
  options.relocate = relocate_pair;
  options.name = "pairs";
  EXPECT(goc_chan_new_with(&ch, &options) == GOC_OK);
  EXPECT(goc_chan_cap(ch) == 3);
  EXPECT(goc_chan_send(ch, &one, GOC_NOW) == GOC_OK);
  EXPECT(goc_chan_recv(ch, &out, GOC_NOW) == GOC_OK);
  EXPECT(out.a == 1 && out.b == 1);
  EXPECT(relocated > 0);
  EXPECT(goc_chan_send(ch, &one, GOC_NOW) == GOC_OK);
  goc_chan_release(ch);
  EXPECT(dropped == 1);
  options.size = 1;
  EXPECT(goc_chan_new_with(&ch, &options) == GOC_EINVAL);
}

static goc_chan *words(int kind, size_t capacity) {
  goc_chan_options options = GOC_CHAN_OPTIONS_INIT;
  goc_chan *ch = NULL;
  options.capacity = capacity;
  options.kind = kind;
  EXPECT(goc_chan_new_with(&ch, &options) == GOC_OK);
  EXPECT(goc_chan_kind(ch) == kind);
  return ch;
}

static void typed_channels(void) {
  goc_chan *integers = words(GOC_KIND_INT64, 1), *doubles = words(GOC_KIND_DOUBLE, 1);
  int64_t integer = INT64_MIN;
  double number = 0.5;
  EXPECT(goc_chan_send(integers, &integer, GOC_NOW) == GOC_OK);
  EXPECT(goc_chan_send(doubles, &number, GOC_NOW) == GOC_OK);
  integer = 0;
  number = 0;
  EXPECT(goc_chan_recv(integers, &integer, GOC_NOW) == GOC_OK && integer == INT64_MIN);
  EXPECT(goc_chan_recv(doubles, &number, GOC_NOW) == GOC_OK && number == 0.5);
  goc_chan_release(integers);
  goc_chan_release(doubles);
}

static void buffers(void) {
  goc_chan *ch = words(GOC_KIND_BYTES, 1);
  goc_buf *copied, *wrapped, *received = NULL;
  int freed = 0;
  EXPECT(goc_buf_new(&copied, "copied", 6) == GOC_OK);
  EXPECT(goc_buf_wrap(&wrapped, "wrapped", 7, count, &freed) == GOC_OK);
  EXPECT(goc_buf_len(wrapped) == 7);
  EXPECT(memcmp(goc_buf_data(wrapped), "wrapped", 7) == 0);
  EXPECT(goc_buf_retain(wrapped) == wrapped);
  goc_buf_release(wrapped);
  EXPECT(freed == 0);
  EXPECT(goc_chan_send(ch, &copied, GOC_NOW) == GOC_OK);
  EXPECT(goc_chan_recv(ch, &received, GOC_NOW) == GOC_OK);
  EXPECT(goc_buf_len(received) == 6 && memcmp(goc_buf_data(received), "copied", 6) == 0);
  EXPECT(goc_chan_send(ch, &wrapped, GOC_NOW) == GOC_OK);
  goc_buf_release(received);
  goc_chan_release(ch);
  EXPECT(freed == 1);
}

/* --- Select ---------------------------------------------------------------------------------- */

static void selecting(void) {
  goc_chan *empty = words(GOC_KIND_INT64, 1), *full = words(GOC_KIND_INT64, 1);
  int64_t to_send = 3, received = 0, filler = 4;
  goc_case cases[3];
  memset(cases, 0, sizeof cases);
  EXPECT(goc_chan_send(full, &filler, GOC_NOW) == GOC_OK);
  cases[0].op = GOC_RECV; /* no channel: never fires */
  cases[1].chan = full;
  cases[1].op = GOC_SEND;
  cases[1].elem = &to_send;
  cases[2].chan = empty;
  cases[2].op = GOC_RECV;
  cases[2].elem = &received;
  EXPECT(goc_select(cases, 3, GOC_NOW) == GOC_EAGAIN);
  EXPECT(goc_select(cases, 3, goc_deadline(GOC_MICROSECOND)) == GOC_ETIMEDOUT);
  EXPECT(goc_select(cases, (size_t)GOC_SELECT_MAX + 1, GOC_NOW) == GOC_EINVAL);
  EXPECT(goc_chan_recv(full, &filler, GOC_NOW) == GOC_OK);
  EXPECT(goc_select(cases, 3, GOC_FOREVER) == 1);
  EXPECT(cases[1].status == GOC_OK && goc_chan_len(full) == 1);
  EXPECT(goc_chan_send(empty, &filler, GOC_NOW) == GOC_OK);
  EXPECT(goc_select(cases, 3, GOC_FOREVER) == 2);
  EXPECT(received == 4);
  EXPECT(goc_chan_close(empty) == GOC_OK);
  EXPECT(goc_select(cases, 3, GOC_FOREVER) == 2);
  EXPECT(cases[2].status == GOC_ECLOSED && received == 0);
  goc_chan_release(empty);
  goc_chan_release(full);
}

/* --- Goroutines, WaitGroup, Mutex, Once ------------------------------------------------------ */

typedef struct shared {
  goc_wg *wg;
  goc_mutex *mutex;
  goc_once *once;
  goc_chan *ids;
  int sum, once_calls, finalized;
} shared;

static void add_one(void *arg) {
  shared *s = arg;
  EXPECT(goc_on_goroutine() == 1);
  EXPECT(goc_mutex_lock(s->mutex, GOC_FOREVER) == GOC_OK);
  s->sum++;
  EXPECT(goc_mutex_unlock(s->mutex) == GOC_OK);
  EXPECT(goc_once_do(s->once, count, &s->once_calls) == GOC_OK);
}

static void say_id(void *arg) {
  shared *s = arg;
  const uint64_t id = goc_self();
  EXPECT(goc_set_name("teller") == GOC_OK);
  EXPECT(goc_unlock_thread() == GOC_OK); /* it was started pinned */
  EXPECT(goc_unlock_thread() == GOC_EPERM);
  EXPECT(goc_lock_thread() == GOC_OK);
  EXPECT(goc_unlock_thread() == GOC_OK);
  goc_blocking_begin();
  goc_blocking_end();
  EXPECT(goc_blocking(count, &s->sum) == GOC_OK);
  goc_yield();
  EXPECT(goc_chan_send(s->ids, &id, GOC_FOREVER) == GOC_OK);
}

static void finalize(void *arg) {
  shared *s = arg;
  s->finalized = 1;
  EXPECT(goc_wg_done(s->wg) == GOC_OK);
}

static void sync_objects(const shared *s) {
  EXPECT(goc_wg_retain(s->wg) == s->wg);
  goc_wg_release(s->wg);
  EXPECT(goc_wg_add(s->wg, -1) == GOC_ENEGATIVE);
  EXPECT(goc_wg_add(s->wg, INT64_C(1) << 31) == GOC_EOVERFLOW);
  EXPECT(goc_wg_add(s->wg, 1) == GOC_OK);
  EXPECT(goc_wg_count(s->wg) == 1);
  EXPECT(goc_wg_wait(s->wg, GOC_NOW) == GOC_EAGAIN);
  EXPECT(goc_wg_done(s->wg) == GOC_OK);
  EXPECT(goc_mutex_retain(s->mutex) == s->mutex);
  goc_mutex_release(s->mutex);
  EXPECT(goc_mutex_unlock(s->mutex) == GOC_EPERM);
  EXPECT(goc_once_retain(s->once) == s->once);
  goc_once_release(s->once);
}

static void goroutines(void) {
  enum { GOROUTINES = 100 };
  shared s;
  goc_go_options options = GOC_GO_OPTIONS_INIT;
  uint64_t id = 0;
  int i;
  memset(&s, 0, sizeof s);
  EXPECT(goc_wg_new(&s.wg) == GOC_OK);
  EXPECT(goc_mutex_new(&s.mutex) == GOC_OK);
  EXPECT(goc_once_new(&s.once) == GOC_OK);
  EXPECT(goc_chan_new(&s.ids, sizeof id, 0) == GOC_OK);
  sync_objects(&s);

  for (i = 0; i < GOROUTINES; i++) EXPECT(goc_wg_go(s.wg, add_one, &s) == GOC_OK);
  EXPECT(goc_wg_wait(s.wg, GOC_FOREVER) == GOC_OK);
  EXPECT(s.sum == GOROUTINES && s.once_calls == 1);

  options.name = "first";
  options.stack_size = 64 * 1024;
  options.finalizer = finalize;
  options.pinned = 1;
  EXPECT(goc_wg_add(s.wg, 1) == GOC_OK);
  EXPECT(goc_go_with(&options, say_id, &s) == GOC_OK);
  EXPECT(goc_chan_recv(s.ids, &id, GOC_FOREVER) == GOC_OK && id > 0);
  EXPECT(goc_wg_wait(s.wg, GOC_FOREVER) == GOC_OK);
  EXPECT(s.finalized == 1 && s.sum == GOROUTINES + 1);
  options.stack_size = (size_t)2 << 30; /* more than 1 GiB */
  EXPECT(goc_go_with(&options, say_id, &s) == GOC_EINVAL);

  goc_chan_release(s.ids);
  goc_once_release(s.once);
  goc_mutex_release(s.mutex);
  goc_wg_release(s.wg);
}

/* --- Time ------------------------------------------------------------------------------------ */

static void timers(void) {
  goc_timer *timer;
  goc_chan *ticks;
  int64_t fired = 0;
  const int64_t start = goc_now();
  goc_sleep(GOC_MILLISECOND);
  EXPECT(goc_now() >= start + GOC_MILLISECOND);
  goc_sleep_until(start);
  EXPECT(goc_deadline(INT64_MAX) == GOC_FOREVER);
  EXPECT(goc_timer_new(&timer, &ticks, GOC_MILLISECOND) == GOC_OK);
  EXPECT(goc_timer_chan(timer) == ticks);
  EXPECT(goc_chan_recv(ticks, &fired, GOC_FOREVER) == GOC_OK);
  EXPECT(fired >= start + 2 * GOC_MILLISECOND);
  EXPECT(goc_timer_reset(timer, 1000 * GOC_SECOND) == 0);
  EXPECT(goc_timer_stop(timer) == 1);
  EXPECT(goc_timer_retain(timer) == timer);
  goc_timer_release(timer);
  goc_timer_release(timer);
  goc_chan_release(ticks);
}

/* --- Ports ----------------------------------------------------------------------------------- */

/* A zeroed operation that is aligned as port.h asks for. */
static goc_op *operation(int number, int64_t token) {
  static char memory[4 * sizeof(goc_op) + 63];
  const uintptr_t aligned = ((uintptr_t)memory + 63) & ~(uintptr_t)63;
  goc_op *op = (goc_op *)aligned + number;
  memset(op, 0, sizeof *op);
  op->token = token;
  return op;
}

static void operations_of_a_port(goc_port *port) {
  goc_chan *ch = words(GOC_KIND_INT64, 0);
  goc_op *receive = operation(0, 11), *send = operation(1, 12), *select = operation(2, 13);
  goc_case one;
  int64_t token = 0;
  EXPECT(goc_chan_recv_op(ch, receive, port) == GOC_PENDING);
  send->value = 42;
  EXPECT(goc_chan_send_op(ch, send, port) == GOC_OK);
  EXPECT(send->woken == 11);
  EXPECT(receive->value == 42 && receive->status == GOC_OK);

  memset(&one, 0, sizeof one);
  one.chan = ch;
  one.op = GOC_RECV;
  EXPECT(goc_select_op(&one, 1, select, port, GOC_OP_NOW) == GOC_EAGAIN);
  EXPECT(goc_select_op(&one, 1, select, port, 0) == GOC_PENDING);
  send->value = 43;
  EXPECT(goc_chan_send(ch, &send->value, GOC_FOREVER) == GOC_OK);
  EXPECT(goc_port_wait(port, &token, 1, GOC_FOREVER) == 1 && token == 13);
  EXPECT(select->value == 43 && select->index == 0 && select->status == GOC_OK);
  EXPECT(goc_op_cancel(select) == GOC_ETOOLATE);

  EXPECT(goc_chan_recv_op(ch, receive, port) == GOC_PENDING);
  EXPECT(goc_op_cancel(receive) == GOC_OK);
  goc_chan_release(ch);
}

static void waits_of_a_thread(void) {
  goc_op *op = operation(3, 0);
  goc_wg *wg;
  int started;
  EXPECT(goc_wg_new(&wg) == GOC_OK);
  EXPECT(goc_wg_add(wg, 1) == GOC_OK);
  EXPECT(goc_wg_wait_op(wg, op, NULL) == GOC_PENDING);
  EXPECT(goc_op_wait(op, goc_deadline(GOC_MICROSECOND)) == GOC_ETIMEDOUT);
  goc_op_interrupt(op);
  EXPECT(goc_op_wait(op, GOC_FOREVER) == GOC_EINTR);
  EXPECT(goc_wg_done(wg) == GOC_OK);
  EXPECT(goc_op_wait(op, GOC_FOREVER) == GOC_OK);
  started = goc_timer_op(goc_deadline(GOC_MILLISECOND), op, NULL);
  EXPECT(started == GOC_PENDING || started == GOC_OK); /* GOC_OK on a machine that is slow */
  if (started == GOC_PENDING) EXPECT(goc_op_wait(op, GOC_FOREVER) == GOC_OK);
  goc_wg_release(wg);
}

static void ports(void) {
  goc_port *port;
  int64_t token = 0;
  EXPECT(goc_op_size() == sizeof(goc_op));
  EXPECT(goc_port_new(&port) == GOC_OK);
  EXPECT(goc_port_retain(port) == port);
  goc_port_release(port);
  EXPECT(goc_port_fd(port) >= 0);
  EXPECT(goc_port_poll(port, &token, 1) == 0);
  EXPECT(goc_port_post(port, 99) == GOC_OK);
  EXPECT(goc_port_poll(port, &token, 1) == 1 && token == 99);
  EXPECT(goc_port_interrupt(port) == GOC_OK);
  EXPECT(goc_port_wait(port, &token, 1, GOC_FOREVER) == GOC_EINTR);
  operations_of_a_port(port);
  goc_port_release(port);
  waits_of_a_thread();
}

/* --- The runtime ----------------------------------------------------------------------------- */

static void on_a_goroutine(void *arg) {
  (void)arg;
  EXPECT(goc_num_goroutines() >= 1);
  EXPECT(goc_shutdown(GOC_NOW) == GOC_EPERM);
  buffered_channel();
  selecting();
  goroutines();
  timers();
}

static void starting(void) {
  goc_options options = GOC_OPTIONS_INIT;
  options.stack_size = (size_t)2 << 30; /* more than 1 GiB */
  EXPECT(goc_init(&options) == GOC_EINVAL);
  options.stack_size = 128 * 1024;
  options.max_procs = 3;
  options.max_threads = 100;
  EXPECT(goc_init(&options) == GOC_OK);
  EXPECT(goc_init(NULL) == GOC_EALREADY);
  EXPECT(goc_max_procs() == 3);
  EXPECT(goc_set_max_procs(2) == GOC_OK);
  EXPECT(goc_max_procs() == 2);
}

static void stopping(void) {
  goc_chan *ch = words(GOC_KIND_INT64, 0);
  goc_mutex *mutex;
  int ran = 0;
  EXPECT(goc_go(count, &ran) == GOC_OK);
  EXPECT(goc_shutdown(goc_deadline(10 * GOC_SECOND)) == 0);
  EXPECT(ran == 1);
  EXPECT(goc_chan_send(ch, NULL, GOC_NOW) == GOC_EINVAL);
  EXPECT(goc_mutex_new(&mutex) == GOC_OK);
  EXPECT(goc_chan_send((goc_chan *)(void *)mutex, &ran, GOC_NOW) == GOC_EBADHANDLE);
  goc_mutex_release(mutex);
  goc_chan_release(ch);
}

int main(void) {
  codes();
  EXPECT(goc_self() == 0 && goc_on_goroutine() == 0);
  starting();
  buffered_channel();
  channel_with_options();
  typed_channels();
  buffers();
  selecting();
  goroutines();
  timers();
  ports();
  EXPECT(goc_run(on_a_goroutine, NULL) == GOC_OK);
  stopping();
  printf("a program of 0.1.0 runs with libgoconc %s\n", goc_version());
  return 0;
}
