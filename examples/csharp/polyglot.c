/* polyglot.c: the native side of polyglot.cs. Each function starts a goroutine. */
#include <goconc/goconc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pair {
  goc_chan *from, *to;
};

static void start(goc_fn body, goc_chan *from, goc_chan *to) {
  struct pair *pair = malloc(sizeof *pair);
  if (pair == NULL) abort();
  pair->from = from != NULL ? goc_chan_retain(from) : NULL;
  pair->to = to != NULL ? goc_chan_retain(to) : NULL;
  if (goc_go(body, pair) != GOC_OK) abort();
}

static void finish(struct pair *pair) {
  goc_chan_release(pair->from);
  goc_chan_release(pair->to);
  free(pair);
}

/* Lines without end; a buffer that was not sent is still ours. */
static void lines(void *arg) {
  struct pair *pair = arg;
  for (int64_t n = 1;; n++) {
    char line[32];
    goc_buf *buf;
    const int length = snprintf(line, sizeof line, "line %lld", (long long)n);
    if (goc_buf_new(&buf, line, (size_t)length) != GOC_OK) break;
    if (goc_chan_send(pair->from, &buf, GOC_FOREVER) != GOC_OK) {
      goc_buf_release(buf);
      goc_chan_send(pair->to, &n, GOC_FOREVER);
      break;
    }
  }
  finish(pair);
}
void produce_lines(goc_chan *to, goc_chan *stopped) { start(lines, to, stopped); }

static void count(void *arg) {
  struct pair *pair = arg;
  goc_buf *buf;
  int64_t total = 0;
  while (goc_chan_recv(pair->from, &buf, GOC_FOREVER) == GOC_OK) {
    total += (int64_t)goc_buf_len(buf);
    goc_buf_release(buf);
  }
  goc_chan_send(pair->to, &total, GOC_FOREVER);
  finish(pair);
}
void count_bytes(goc_chan *from, goc_chan *total) { start(count, from, total); }

static void close_it(void *arg) {
  struct pair *pair = arg;
  goc_chan_close(pair->from);
  finish(pair);
}
void close_channel(goc_chan *channel) { start(close_it, channel, NULL); }
