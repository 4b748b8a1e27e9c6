/* A thousand goroutines are parked while gdb looks; then all come back and find their locals as they
 * were. */
#include "scene.h"

enum { READERS = 600, WAITERS = 400 };

static goc_chan *requests;
static goc_wg *opening;
static int intact; /* one goroutine at a time */

__attribute__((noinline)) static int fetch(int depth, const volatile long *seed) {
  volatile long mine = *seed * 3;
  int request = -1;
  if (depth > 0) return fetch(depth - 1, seed) + (mine == *seed * 3);
  begins();
  must(goc_chan_recv(requests, &request, GOC_FOREVER));
  return request;
}

static void reader(void *arg) {
  volatile long seed = (long)arg;
  const int found = fetch(2, &seed);
  intact += found == 40 + 2 && seed == (long)arg;
}

static void waiter(void *arg) {
  volatile long seed = (long)arg;
  begins();
  must(goc_wg_wait(opening, GOC_FOREVER));
  intact += seed == (long)arg;
}

static void last(void *arg) { sem_post(arg); }

int main(void) {
  goc_chan_options options = GOC_CHAN_OPTIONS_INIT;
  sem_t parked;
  options.elem_size = sizeof(int);
  options.name = "requests";
  sem_init(&parked, 0, 0);
  begin(1);
  must(goc_chan_new_with(&requests, &options));
  must(goc_wg_new(&opening));
  must(goc_wg_add(opening, 1));
  for (long i = 0; i < READERS; i++) start("reader", reader, (void *)i);
  for (long i = 0; i < WAITERS; i++) start("waiter", waiter, (void *)i);
  wait_for_begun(READERS + WAITERS);
  start("last", last, &parked);
  sem_wait(&parked);
  while (goc_num_goroutines() != READERS + WAITERS) usleep(1000);

  look();

  const int request = 40;
  for (int i = 0; i < READERS; i++) must(goc_chan_send(requests, &request, GOC_FOREVER));
  must(goc_wg_done(opening));
  while (goc_num_goroutines() != 0) usleep(1000);
  printf("%d goroutines came back as they were\n", intact);
  return intact == READERS + WAITERS ? 0 : 1;
}
