/* traced_pipeline.c: records what a pipeline does, and writes it to a file.
 * Usage: traced_pipeline FILE
 *
 * A producer hands numbers to workers, which compute for a while, and a collector adds up what they
 * send. Open the file at https://ui.perfetto.dev, or with timeline.html beside this source. */
#include <goconc/goconc.h>
#include <stdint.h>
#include <stdio.h>

#include "../c/must.h"

enum { WORKERS = 3, NUMBERS = 24 };

static goc_chan *jobs, *results;

static void produce(void *unused) {
  (void)unused;
  for (int64_t n = 1; n <= NUMBERS; n++) must(goc_chan_send(jobs, &n, GOC_FOREVER));
  must(goc_chan_close(jobs));
}

/* The sum of the first n * 2000 numbers modulo a prime: some work. */
static void work(void *unused) {
  (void)unused;
  int64_t n;
  while (goc_chan_recv(jobs, &n, GOC_FOREVER) == GOC_OK) {
    int64_t sum = 0;
    for (int64_t i = 1; i <= n * 2000; i++) sum = (sum + i) % 1000003;
    must(goc_chan_send(results, &sum, GOC_FOREVER));
  }
}

static void collect(void *total) {
  for (int i = 0; i < NUMBERS; i++) {
    int64_t sum;
    must(goc_chan_recv(results, &sum, GOC_FOREVER));
    *(int64_t *)total += sum;
    if (i % 8 == 7) goc_sleep(100 * GOC_MICROSECOND);
  }
}

static void start(goc_fn fn, const char *name) {
  goc_go_options options = GOC_GO_OPTIONS_INIT;
  options.name = name;
  must(goc_go_with(&options, fn, NULL));
}

int main(int argc, char **argv) {
  if (argc != 2) return fprintf(stderr, "usage: %s FILE\n", argv[0]), 2;
  must(goc_trace_start(argv[1]));
  must(goc_chan_new(&jobs, sizeof(int64_t), 0));
  must(goc_chan_new(&results, sizeof(int64_t), 2));
  start(&produce, "producer");
  for (int i = 0; i < WORKERS; i++) start(&work, "worker");
  int64_t total = 0;
  must(goc_run(&collect, &total));
  must(goc_shutdown(GOC_FOREVER));
  must(goc_trace_stop());
  printf("the sum is %lld\n", (long long)total);
  goc_chan_release(jobs);
  goc_chan_release(results);
  return 0;
}
