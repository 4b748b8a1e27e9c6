/* A goroutine in each state, and one that waits for each thing that one can wait for, while gdb looks
 * from one that runs; then those that can end do. */
#include "scene.h"

static goc_chan *inbox, *outbox, *left, *right, *three;
static goc_wg *wg;
static goc_mutex *mutex;
static goc_rwmutex *reading, *writing;
static goc_cond *cond;
static goc_sem *sem;
static goc_once *once;
static goc_group *group;
static goc_chan *released;
static goc_chan *words;
static goc_op operation;
static sem_t holds, may_end, looked;
static int stops_yielding;

static void receiver(void *arg) {
  int value;
  begins();
  must(goc_chan_recv(inbox, &value, GOC_FOREVER));
  (void)arg;
}

static void sender(void *arg) {
  const int value = 7;
  begins();
  must(goc_chan_send(outbox, &value, GOC_FOREVER));
  (void)arg;
}

static void selecter(void *arg) {
  int value = 8;
  goc_case cases[] = {{.chan = left, .op = GOC_RECV, .elem = &value},
                      {.chan = right, .op = GOC_SEND, .elem = &value}};
  begins();
  goc_select(cases, 2, goc_deadline(60 * GOC_SECOND));
  (void)arg;
}

static void sleeper(void *arg) {
  begins();
  goc_sleep(3600 * GOC_SECOND);
  (void)arg;
}

static void nobody(void *arg) {
  begins();
  goc_select(NULL, 0, GOC_FOREVER);
  (void)arg;
}

static void counter(void *arg) {
  begins();
  must(goc_wg_wait(wg, GOC_FOREVER));
  (void)arg;
}

static void locker(void *arg) {
  begins();
  must(goc_mutex_lock(mutex, GOC_FOREVER));
  must(goc_mutex_unlock(mutex));
  (void)arg;
}

static void rlocker(void *arg) {
  begins();
  must(goc_rwmutex_rlock(writing, GOC_FOREVER));
  (void)arg;
}

static void wlocker(void *arg) {
  begins();
  must(goc_rwmutex_lock(reading, GOC_FOREVER));
  (void)arg;
}

static void conditional(void *arg) {
  goc_mutex *own;
  must(goc_mutex_new(&own));
  must(goc_mutex_lock(own, GOC_FOREVER));
  begins();
  must(goc_cond_wait(cond, own, GOC_FOREVER));
  (void)arg;
}

static void taker(void *arg) {
  begins();
  must(goc_sem_wait(sem, 3, GOC_FOREVER));
  (void)arg;
}

static void never(void *arg) {
  begins();
  goc_select(NULL, 0, GOC_FOREVER);
  (void)arg;
}

static void first(void *arg) { must(goc_once_do(once, never, arg)); }

static void second(void *arg) {
  begins();
  must(goc_once_do(once, never, arg));
}

static int task(void *arg) {
  nobody(arg);
  return 0;
}

static void hold(void *arg) {
  sem_post(&holds);
  sem_wait(&may_end);
  (void)arg;
}

static void yielder(void *arg) {
  begins();
  while (!__atomic_load_n(&stops_yielding, __ATOMIC_SEQ_CST)) goc_yield();
  (void)arg;
}

static void blocker(void *arg) { must(goc_blocking(hold, arg)); }

static void late(void *arg) { (void)arg; }

static void looker(void *arg) {
  int mark = 4711;
  must(goc_chan_send(inbox, &mark, GOC_FOREVER)); /* the receiver is ready now */
  start("new", late, NULL);
  look();
  sem_post(&looked);
  (void)arg;
}

int main(void) {
  const int value = 1;
  sem_init(&holds, 0, 0);
  sem_init(&may_end, 0, 0);
  sem_init(&looked, 0, 0);
  begin(2);
  must(goc_chan_new(&inbox, sizeof(int), 0));
  must(goc_chan_new(&outbox, sizeof(int), 0));
  must(goc_chan_new(&left, sizeof(int), 4));
  must(goc_chan_new(&right, sizeof(int), 0));
  must(goc_chan_new(&three, sizeof(int), 3));
  for (int i = 0; i < 2; i++) must(goc_chan_send(three, &value, GOC_FOREVER));
  must(goc_chan_close(three));
  must(goc_chan_new(&words, 8, 0));
  must(goc_chan_new(&released, sizeof(int), 0));
  goc_chan_release(released);
  if (goc_chan_recv_op(words, &operation, NULL) != GOC_PENDING) return 1;
  must(goc_wg_new(&wg));
  must(goc_wg_add(wg, 3));
  must(goc_mutex_new(&mutex));
  must(goc_mutex_lock(mutex, GOC_FOREVER));
  must(goc_rwmutex_new(&reading));
  must(goc_rwmutex_rlock(reading, GOC_FOREVER));
  must(goc_rwmutex_rlock(reading, GOC_FOREVER));
  must(goc_rwmutex_new(&writing));
  must(goc_rwmutex_lock(writing, GOC_FOREVER));
  must(goc_cond_new(&cond));
  must(goc_sem_new(&sem, 4));
  must(goc_sem_wait(sem, 2, GOC_FOREVER));
  must(goc_once_new(&once));
  must(goc_group_new(&group));

  start("blocker", blocker, NULL);
  sem_wait(&holds);
  start("receiver", receiver, NULL);
  start("sender", sender, NULL);
  start("selecter", selecter, NULL);
  start("sleeper", sleeper, NULL);
  start("nobody", nobody, NULL);
  start("counter", counter, NULL);
  start("locker", locker, NULL);
  start("rlocker", rlocker, NULL);
  start("wlocker", wlocker, NULL);
  start("conditional", conditional, NULL);
  start("taker", taker, NULL);
  start("first", first, NULL);
  must(goc_group_go(group, task, NULL, GOC_FOREVER));
  wait_for_begun(13);
  start("second", second, NULL);
  wait_for_begun(14);
  start("yielder", yielder, (void *)3);
  wait_for_begun(15);
  start("looker", looker, NULL);
  sem_wait(&looked);
  sem_post(&may_end);
  __atomic_store_n(&stops_yielding, 1, __ATOMIC_SEQ_CST);

  goc_wg_add(wg, -3);
  goc_mutex_unlock(mutex);
  puts("states: done");
  return 0;
}
