/* peer.c: goroutines of native code, which are the other side of a channel in the tests.
 *
 * The functions without "static" start one and return the status of that; it keeps its channels
 * until it ends. peer_running() counts those that have not ended. */
#include <goconc/goconc.h>
#include <stdlib.h>
#include <string.h>

typedef struct task {
  goc_chan *from, *to;
  int64_t count;
} task;

static int64_t running;
int64_t peer_running(void) { return __atomic_load_n(&running, __ATOMIC_SEQ_CST); }

static void finish(task *t) {
  goc_chan_release(t->from);
  goc_chan_release(t->to);
  free(t);
  __atomic_sub_fetch(&running, 1, __ATOMIC_SEQ_CST);
}

static int start(goc_fn body, goc_chan *from, goc_chan *to, int64_t count) {
  task *t = malloc(sizeof *t);
  if (t == NULL) return GOC_ENOMEM;
  *t = (task){from != NULL ? goc_chan_retain(from) : NULL, to != NULL ? goc_chan_retain(to) : NULL,
              count};
  __atomic_add_fetch(&running, 1, __ATOMIC_SEQ_CST);
  return goc_go(body, t);
}

/* Sends 0 .. count-1, then closes; ends early if somebody else has closed. */
static void produce_longs(void *arg) {
  task *t = arg;
  for (int64_t i = 0; i < t->count; i++)
    if (goc_chan_send(t->to, &i, GOC_FOREVER) != GOC_OK) break;
  goc_chan_close(t->to);
  finish(t);
}
int peer_produce_longs(goc_chan *to, int64_t count) {
  return start(produce_longs, NULL, to, count);
}

/* Sends half of what it receives as a double. */
static void halve(void *arg) {
  task *t = arg;
  double value;
  while (goc_chan_recv(t->from, &value, GOC_FOREVER) == GOC_OK) {
    value /= 2;
    if (goc_chan_send(t->to, &value, GOC_FOREVER) != GOC_OK) break;
  }
  goc_chan_close(t->to);
  finish(t);
}
int peer_halve(goc_chan *from, goc_chan *to) { return start(halve, from, to, 0); }

/* Adds up what it receives, and sends the sum at the end. */
static void sum_longs(void *arg) {
  task *t = arg;
  int64_t value, sum = 0;
  while (goc_chan_recv(t->from, &value, GOC_FOREVER) == GOC_OK) sum += value;
  goc_chan_send(t->to, &sum, GOC_FOREVER);
  finish(t);
}
int peer_sum_longs(goc_chan *from, goc_chan *to) { return start(sum_longs, from, to, 0); }

/* Sends count buffers, the i-th of i % 1000 bytes that are all i % 256. */
static void produce_bytes(void *arg) {
  task *t = arg;
  for (int64_t i = 0; i < t->count; i++) {
    goc_buf *buf;
    if (goc_buf_new(&buf, NULL, (size_t)(i % 1000)) != GOC_OK) break;
    memset(goc_buf_data(buf), (int)(i % 256), (size_t)(i % 1000));
    if (goc_chan_send(t->to, &buf, GOC_FOREVER) != GOC_OK) {
      goc_buf_release(buf); /* it was not sent: still ours */
      break;
    }
  }
  goc_chan_close(t->to);
  finish(t);
}
int peer_produce_bytes(goc_chan *to, int64_t count) {
  return start(produce_bytes, NULL, to, count);
}

/* Sends one buffer of foreign memory, whose end is counted. */
static int64_t freed;
static void count_freed(void *arg) {
  (void)arg;
  __atomic_add_fetch(&freed, 1, __ATOMIC_SEQ_CST);
}
int64_t peer_freed(void) { return __atomic_load_n(&freed, __ATOMIC_SEQ_CST); }
int peer_send_foreign(goc_chan *to) {
  goc_buf *buf;
  int status = goc_buf_wrap(&buf, "foreign", 7, count_freed, NULL);
  if (status != GOC_OK) return status;
  status = goc_chan_send(to, &buf, GOC_NOW);
  if (status != GOC_OK) goc_buf_release(buf);
  return status;
}

/* Sends the length of each buffer that it receives, then closes. */
static void measure_bytes(void *arg) {
  task *t = arg;
  goc_buf *buf;
  while (goc_chan_recv(t->from, &buf, GOC_FOREVER) == GOC_OK) {
    const int64_t length = (int64_t)goc_buf_len(buf);
    goc_buf_release(buf);
    if (goc_chan_send(t->to, &length, GOC_FOREVER) != GOC_OK) break;
  }
  goc_chan_close(t->to);
  finish(t);
}
int peer_measure_bytes(goc_chan *from, goc_chan *to) { return start(measure_bytes, from, to, 0); }

/* Receives count values and then closes the channel that it received from. */
static void consume_and_close(void *arg) {
  task *t = arg;
  int64_t value;
  for (int64_t i = 0; i < t->count; i++) goc_chan_recv(t->from, &value, GOC_FOREVER);
  goc_chan_close(t->from);
  finish(t);
}
int peer_consume_and_close(goc_chan *from, int64_t count) {
  return start(consume_and_close, from, NULL, count);
}

/* Waits for a value that never comes. */
int peer_block(goc_chan *from) { return peer_consume_and_close(from, 1); }
