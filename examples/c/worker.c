/* worker.c: five workers run at the same time, and a WaitGroup waits for all of them. */
#include "must.h"

enum { WORKERS = 5 };

static void worker(void *arg) {
  const int id = *(const int *)arg;
  printf("Worker : %d -> Starting\n", id);
  goc_sleep(1 * GOC_SECOND);
  printf("Worker : %d -> Done\n", id);
}

int main(void) {
  int ids[WORKERS];
  goc_wg *wg;
  must(goc_wg_new(&wg));
  for (int i = 0; i < WORKERS; i++) {
    ids[i] = i + 1;
    must(goc_wg_go(wg, worker, &ids[i]));
  }
  must(goc_wg_wait(wg, GOC_FOREVER));
  goc_wg_release(wg);
  return 0;
}
