/* deadlocks.c NAME: a program that comes to rest in the way that is named. It has no line for the
 * detection of deadlocks, except where it tells of events from outside. What is no deadlock ends with
 * status 0, after three tenths of a second in which one could have been seen. */
#include <goconc/goconc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { A_WHILE = 300000 }; /* microseconds */

static goc_chan *left, *right; /* nobody has sent anything */

static void must(int result) {
  if (result >= 0) return;
  fprintf(stderr, "%s\n", goc_error_name(result));
  exit(1);
}

static void receive_for_ever(void *chan) { must(goc_chan_recv(chan, NULL, GOC_FOREVER)); }
static void start(goc_fn fn, void *arg) { must(goc_go(fn, arg)); }
static void start_thread(void *(*body)(void *)) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, body, NULL) != 0) exit(1);
  pthread_detach(thread);
}

static void end_well(int signal) {
  (void)signal;
  _exit(0);
}
/* An event from outside: the process ends well in a while. */
static void end_in_a_while(void) {
  const struct itimerval timer = {{0, 0}, {0, A_WHILE}};
  signal(SIGALRM, end_well);
  setitimer(ITIMER_REAL, &timer, NULL);
}

/* --- Deadlocks --------------------------------------------------------------------------------- */

static void wait_for_right(void *arg) {
  (void)arg;
  goc_set_name("righty");
  receive_for_ever(right);
  must(goc_chan_send(left, NULL, GOC_FOREVER));
}
static void wait_for_left(void *arg) {
  (void)arg;
  receive_for_ever(left);
  must(goc_chan_send(right, NULL, GOC_FOREVER));
}
static void two_wait_for_each_other(void) {
  goc_wg *wg;
  must(goc_wg_new(&wg));
  must(goc_wg_go(wg, wait_for_right, NULL));
  must(goc_wg_go(wg, wait_for_left, NULL));
  must(goc_wg_wait(wg, GOC_FOREVER));
}

static void main_goroutine(void) { must(goc_run(receive_for_ever, left)); }
static void nil_channel(void) { must(goc_run(receive_for_ever, NULL)); }
static void thread_alone(void) { receive_for_ever(left); }

static void lock(void *mutex) { must(goc_mutex_lock(mutex, GOC_FOREVER)); }
static void nobody_unlocks(void) {
  goc_mutex *mutex;
  must(goc_mutex_new(&mutex));
  lock(mutex);
  for (int i = 0; i < 3; i++) start(lock, mutex);
  lock(mutex);
}

static void lock_thread_and_receive(void *chan) {
  must(goc_lock_thread());
  receive_for_ever(chan);
}
static void locked_to_its_thread(void) { must(goc_run(lock_thread_and_receive, left)); }

static void *send_and_receive(void *arg) {
  (void)arg;
  must(goc_chan_send(left, NULL, GOC_FOREVER));
  receive_for_ever(right);
  return NULL;
}
static void threads_and_goroutines(void) {
  for (int i = 0; i < 8; i++) {
    start(wait_for_right, NULL);
    start_thread(send_and_receive);
  }
  for (int i = 0; i < 8; i++) receive_for_ever(left);
  receive_for_ever(left);
}

static void *leave_late(void *arg) {
  usleep(A_WHILE);
  return arg;
}
static void thread_leaves_late(void) {
  start_thread(leave_late);
  main_goroutine();
}

static void thread_alone_when_others_have_left(void) {
  start_thread(leave_late);
  receive_for_ever(left);
}

static void sleep_first(void *chan) {
  goc_sleep(50 * GOC_MILLISECOND);
  receive_for_ever(chan);
}
static void after_a_sleep(void) { must(goc_run(sleep_first, left)); }

static void in_a_child(void) {
  start(receive_for_ever, left);
  const pid_t child = fork();
  if (child == 0) main_goroutine();
  int status = 1;
  waitpid(child, &status, 0);
  _exit(WEXITSTATUS(status));
}

/* --- None --------------------------------------------------------------------------------------- */

/* The main thread waits for what `fn` sends, in a goroutine. */
static void wait_for(goc_fn fn) {
  start(fn, NULL);
  receive_for_ever(left);
}
static void wait_for_thread(void *(*body)(void *)) {
  start(receive_for_ever, right);
  start_thread(body);
  receive_for_ever(left);
}
static void send(void *arg) {
  (void)arg;
  must(goc_chan_send(left, NULL, GOC_FOREVER));
}

static void sleep_and_send(void *arg) {
  goc_sleep(A_WHILE * GOC_MICROSECOND);
  send(arg);
}
static void goroutine_sleeps(void) { wait_for(sleep_and_send); }

static void time_out_and_send(void *arg) {
  if (goc_chan_recv(right, NULL, goc_deadline(A_WHILE * GOC_MICROSECOND)) == GOC_ETIMEDOUT)
    send(arg);
}
static void goroutine_has_a_deadline(void) { wait_for(time_out_and_send); }

static void function_is_due(void) {
  must(goc_after_func(NULL, A_WHILE * GOC_MICROSECOND, send, NULL));
  receive_for_ever(left);
}

static void ticker_ticks(void) {
  goc_ticker *ticker;
  goc_chan *ticks;
  must(goc_ticker_new(&ticker, &ticks, A_WHILE * GOC_MICROSECOND));
  must(goc_run(receive_for_ever, ticks));
  receive_for_ever(ticks);
}

static void *thread_times_out(void *arg) {
  time_out_and_send(arg);
  return NULL;
}
static void thread_has_a_deadline(void) { wait_for_thread(thread_times_out); }

static void *thread_sleeps_and_sends(void *arg) {
  usleep(A_WHILE);
  send(arg);
  return NULL;
}
static void thread_is_elsewhere(void) { wait_for_thread(thread_sleeps_and_sends); }

static void sleep_elsewhere(void *arg) {
  (void)arg;
  usleep(A_WHILE);
}
static void sleep_elsewhere_and_send(void *arg) {
  sleep_elsewhere(arg);
  send(arg);
}
static void goroutine_keeps_its_thread(void) { wait_for(sleep_elsewhere_and_send); }

static void block_and_send(void *arg) {
  must(goc_blocking(sleep_elsewhere, NULL));
  send(arg);
}
static void goroutine_blocks(void) { wait_for(block_and_send); }

static void lock_thread_sleep_and_send(void *arg) {
  must(goc_lock_thread());
  sleep_elsewhere_and_send(arg);
}
static void locked_goroutine_runs(void) { wait_for(lock_thread_sleep_and_send); }

static void compute_and_send(void *arg) {
  const int64_t until = goc_deadline(A_WHILE * GOC_MICROSECOND);
  while (goc_now() < until) {
  }
  send(arg);
}
static void goroutine_computes(void) { wait_for(compute_and_send); }

static void port_is_open(void) {
  goc_port *port;
  must(goc_port_new(&port));
  end_in_a_while();
  main_goroutine();
}

static void events_are_expected(void) {
  goc_expect_external_events(1);
  end_in_a_while();
  main_goroutine();
}

static void child_sleeps(void) {
  start(receive_for_ever, left);
  const pid_t child = fork();
  if (child == 0) {
    wait_for(sleep_and_send);
    _exit(0);
  }
  int status = 1;
  waitpid(child, &status, 0);
  _exit(WEXITSTATUS(status));
}

static void shutdown_waits(void) {
  start(receive_for_ever, left);
  start(sleep_elsewhere, NULL);
  _exit(goc_shutdown(GOC_FOREVER) == 1 ? 0 : 1);
}

/* For GOCONC_DEADLOCK=off: a deadlock which an event ends. */
static void until_an_alarm(void) {
  end_in_a_while();
  two_wait_for_each_other();
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    void (*run)(void);
  } all[] = {
#define PROGRAM(name) {#name, name}
      PROGRAM(two_wait_for_each_other),
      PROGRAM(main_goroutine),
      PROGRAM(nil_channel),
      PROGRAM(thread_alone),
      PROGRAM(nobody_unlocks),
      PROGRAM(locked_to_its_thread),
      PROGRAM(threads_and_goroutines),
      PROGRAM(thread_leaves_late),
      PROGRAM(thread_alone_when_others_have_left),
      PROGRAM(after_a_sleep),
      PROGRAM(in_a_child),
      PROGRAM(goroutine_sleeps),
      PROGRAM(goroutine_has_a_deadline),
      PROGRAM(function_is_due),
      PROGRAM(ticker_ticks),
      PROGRAM(thread_has_a_deadline),
      PROGRAM(thread_is_elsewhere),
      PROGRAM(goroutine_keeps_its_thread),
      PROGRAM(goroutine_blocks),
      PROGRAM(locked_goroutine_runs),
      PROGRAM(goroutine_computes),
      PROGRAM(port_is_open),
      PROGRAM(events_are_expected),
      PROGRAM(child_sleeps),
      PROGRAM(shutdown_waits),
      PROGRAM(until_an_alarm),
  };
  alarm(60); /* a deadlock that nobody sees is a failure, not a hang */
  must(goc_chan_new(&left, 0, 0));
  must(goc_chan_new(&right, 0, 0));
  for (size_t i = 0; argc == 2 && i < sizeof all / sizeof *all; i++)
    if (strcmp(argv[1], all[i].name) == 0) {
      all[i].run();
      return 0;
    }
  return 1;
}
