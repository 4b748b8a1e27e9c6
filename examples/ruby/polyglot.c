/* polyglot.c: goroutines in C at the other end of channels that polyglot.rb makes. */
#include <goconc/goconc.h>
#include <stdio.h>

/* Sends lines; the channel makes it wait for whoever reads them, and ends it by being closed. */
static void produce(void *arg) {
  goc_chan *lines = arg;
  for (int i = 1;; i++) {
    char text[32];
    goc_buf *line;
    const int length = snprintf(text, sizeof(text), "line %d from C", i);
    if (goc_buf_new(&line, text, (size_t)length) != GOC_OK) break;
    if (goc_chan_send(lines, &line, GOC_FOREVER) != GOC_OK) {
      goc_buf_release(line);
      break;
    }
  }
  puts("C: the producer has ended");
  fflush(stdout);
  goc_chan_release(lines);
}

/* Prints lines until the channel is closed, and closes it itself after an empty one. */
static void consume(void *arg) {
  goc_chan *lines = arg;
  goc_buf *line;
  while (goc_chan_recv(lines, &line, GOC_FOREVER) == GOC_OK) {
    const int length = (int)goc_buf_len(line);
    if (length > 0) printf("C: %.*s\n", length, (const char *)goc_buf_data(line));
    goc_buf_release(line);
    if (length == 0) break;
  }
  puts("C: the consumer has ended");
  fflush(stdout);
  goc_chan_close(lines);
  goc_chan_release(lines);
}

int start_producer(goc_chan *lines) { return goc_go(produce, goc_chan_retain(lines)); }
int start_consumer(goc_chan *lines) { return goc_go(consume, goc_chan_retain(lines)); }
