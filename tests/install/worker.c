/* worker.c: ten goroutines send their number, a WaitGroup waits for them; the sum is printed. */
#include <goconc/goconc.h>
#include <stdio.h>

enum { WORKERS = 10 };

typedef struct job {
  goc_chan *results;
  int number;
} job;

static void work(void *arg) {
  const job *mine = arg;
  goc_chan_send(mine->results, &mine->number, GOC_FOREVER);
}

int main(void) {
  goc_chan *results;
  goc_wg *wg;
  job jobs[WORKERS];
  int sum = 0, number;

  if (goc_chan_new(&results, sizeof(int), WORKERS) != GOC_OK || goc_wg_new(&wg) != GOC_OK) return 1;
  for (int i = 0; i < WORKERS; i++) {
    jobs[i] = (job){results, i + 1};
    if (goc_wg_go(wg, work, &jobs[i]) != GOC_OK) return 1;
  }
  if (goc_wg_wait(wg, GOC_FOREVER) != GOC_OK || goc_chan_close(results) != GOC_OK) return 1;
  while (goc_chan_recv(results, &number, GOC_FOREVER) == GOC_OK) sum += number;
  printf("sum %d, version %s\n", sum, goc_version());

  goc_wg_release(wg);
  goc_chan_release(results);
  return 0;
}
