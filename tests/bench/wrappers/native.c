/* native.c: numbers that native code hands to a VM, by a channel or by a call for each; see ../README.md. */
#include <goconc/goconc.h>
#include <pthread.h>
#include <stdlib.h>

struct numbers {
  goc_chan *channel;
  void (*take)(int64_t number);
  int64_t count;
};

static struct numbers *numbers_new(struct numbers numbers) {
  struct numbers *made = malloc(sizeof *made);
  if (made != NULL) *made = numbers;
  return made;
}

static void numbers_free(struct numbers *numbers) {
  goc_chan_release(numbers->channel);
  free(numbers);
}

static void send_all(void *arg) {
  struct numbers *numbers = arg;
  for (int64_t i = 0; i < numbers->count; i++)
    if (goc_chan_send(numbers->channel, &i, GOC_FOREVER) != GOC_OK) break;
  numbers_free(numbers);
}

static void *call_all(void *arg) {
  struct numbers *numbers = arg;
  for (int64_t i = 0; i < numbers->count; i++) numbers->take(i);
  numbers_free(numbers);
  return NULL;
}

/* A goroutine sends 0 to count - 1. */
int send_numbers(goc_chan *channel, int64_t count) {
  struct numbers *numbers = numbers_new((struct numbers){channel, NULL, count});
  if (numbers == NULL) return GOC_ENOMEM;
  goc_chan_retain(channel);
  const int result = goc_go(send_all, numbers);
  if (result != GOC_OK) numbers_free(numbers);
  return result;
}

/* A thread calls take with 0 to count - 1. */
int call_with_numbers(void (*take)(int64_t), int64_t count) {
  struct numbers *numbers = numbers_new((struct numbers){NULL, take, count});
  if (numbers == NULL) return GOC_ENOMEM;
  pthread_t thread;
  if (pthread_create(&thread, NULL, call_all, numbers) != 0) {
    numbers_free(numbers);
    return GOC_ENOMEM;
  }
  return pthread_detach(thread) == 0 ? GOC_OK : GOC_ESYSTEM;
}
