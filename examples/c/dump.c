/* dump.c: a program that hangs, and what a dump tells of it. Nobody closes the channel of the jobs, so
 * the workers wait for ever; and nobody receives what the reporter sends. */
#include "must.h"

enum { WORKERS = 3, JOBS = 6, STANDARD_OUTPUT = 1 };

static goc_chan *jobs;

static void work(void *unused) {
  int job;
  (void)unused;
  while (goc_chan_recv(jobs, &job, GOC_FOREVER) == GOC_OK) goc_yield();
}

static void report(void *results) {
  goc_set_name("reporter");
  goc_chan_send(results, NULL, GOC_FOREVER);
}

int main(void) {
  goc_wg *workers;
  goc_chan *results;
  goc_chan_options options = GOC_CHAN_OPTIONS_INIT;
  options.elem_size = sizeof(int);
  options.name = "jobs";
  must(goc_chan_new_with(&jobs, &options));
  must(goc_chan_new(&results, 0, 0));
  must(goc_wg_new(&workers));
  for (int i = 0; i < WORKERS; i++) must(goc_wg_go(workers, work, NULL));
  for (int i = 0; i < JOBS; i++) must(goc_chan_send(jobs, &i, GOC_FOREVER));
  must(goc_go(report, results));
  /* goc_chan_close(jobs) is missing here. */
  if (goc_wg_wait(workers, goc_deadline(500 * GOC_MILLISECOND)) == GOC_ETIMEDOUT)
    must(goc_dump(STANDARD_OUTPUT));
  return 0;
}
