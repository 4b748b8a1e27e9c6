/* goroutines.c: native goroutines at the other end of Ruby's channels. */
#include <goconc/goconc.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct work {
  goc_chan *in, *out;
  int64_t count;
} work;

/* Starts a goroutine with references of its own; 0, or what goc_go() returned. */
static int begin(goc_fn run, goc_chan *in, goc_chan *out, int64_t count) {
  work *w = malloc(sizeof(*w));
  *w = (work){goc_chan_retain(in), goc_chan_retain(out), count};
  return goc_go(run, w);
}
static void end(work *w) {
  goc_chan_release(w->in);
  goc_chan_release(w->out);
  free(w);
}

static void produce_integers(void *arg) {
  work *w = arg;
  for (int64_t i = 1; i <= w->count; i++)
    if (goc_chan_send(w->out, &i, GOC_FOREVER) != GOC_OK) break;
  goc_chan_close(w->out);
  end(w);
}

/* "line 1", "line 2", ... until count or until the channel is closed from the other side. */
static void produce_lines(void *arg) {
  work *w = arg;
  for (int64_t i = 1; i <= w->count; i++) {
    char line[32];
    goc_buf *buf;
    const int length = snprintf(line, sizeof(line), "line %lld", (long long)i);
    if (goc_buf_new(&buf, line, (size_t)length) != GOC_OK) break;
    if (goc_chan_send(w->out, &buf, GOC_FOREVER) != GOC_OK) {
      goc_buf_release(buf);
      break;
    }
  }
  goc_chan_close(w->out);
  end(w);
}

/* Sends the sum of all integers when they end. */
static void sum_integers(void *arg) {
  work *w = arg;
  int64_t value, sum = 0;
  while (goc_chan_recv(w->in, &value, GOC_FOREVER) == GOC_OK) sum += value;
  goc_chan_send(w->out, &sum, GOC_FOREVER);
  end(w);
}

/* Sends the number of all bytes when they end. */
static void count_bytes(void *arg) {
  work *w = arg;
  goc_buf *buf;
  int64_t bytes = 0;
  while (goc_chan_recv(w->in, &buf, GOC_FOREVER) == GOC_OK) {
    bytes += (int64_t)goc_buf_len(buf);
    goc_buf_release(buf);
  }
  goc_chan_send(w->out, &bytes, GOC_FOREVER);
  end(w);
}

static _Atomic int64_t freed;
static void count_freed(void *ignored) {
  (void)ignored;
  freed++;
}
int64_t freed_buffers(void) { return freed; }

/* Sends an empty buffer of which freed_buffers() is told. */
int send_counted(goc_chan *out) {
  goc_buf *buf;
  const int result = goc_buf_wrap(&buf, NULL, 0, count_freed, NULL);
  return result == GOC_OK ? goc_chan_send(out, &buf, GOC_NOW) : result;
}

int start_integers(goc_chan *out, int64_t count) {
  return begin(produce_integers, NULL, out, count);
}
int start_lines(goc_chan *out, int64_t count) { return begin(produce_lines, NULL, out, count); }
int start_sum(goc_chan *in, goc_chan *out) { return begin(sum_integers, in, out, 0); }
int start_count(goc_chan *in, goc_chan *out) { return begin(count_bytes, in, out, 0); }
