/* peer.c: goroutines in C that share channels with Java, for the tests. */
#include <goconc/goconc.h>
#include <jni.h>
#include <stdlib.h>

typedef struct Ends {
  goc_chan *in, *out;
  int64_t count;
} Ends;

/* Starts body as a goroutine with channels of its own; they are released when it ends. */
static void start(goc_fn body, jlong in, jlong out, jlong count) {
  Ends *ends = malloc(sizeof *ends);
  ends->in = goc_chan_retain((goc_chan *)(intptr_t)in);
  ends->out = goc_chan_retain((goc_chan *)(intptr_t)out);
  ends->count = count;
  if (goc_go(body, ends) != GOC_OK) abort();
}

static void end(Ends *ends) {
  goc_chan_release(ends->in);
  goc_chan_release(ends->out);
  free(ends);
}

static void produce(void *arg) {
  Ends *ends = arg;
  for (int64_t i = 0; i < ends->count; ++i)
    if (goc_chan_send(ends->out, &i, GOC_FOREVER) != GOC_OK) break;
  goc_chan_close(ends->out);
  end(ends);
}

static void sum(void *arg) {
  Ends *ends = arg;
  int64_t total = 0, value;
  while (goc_chan_recv(ends->in, &value, GOC_FOREVER) == GOC_OK) total += value;
  goc_chan_send(ends->out, &total, GOC_FOREVER);
  end(ends);
}

static void echo(void *arg) {
  Ends *ends = arg;
  int64_t word;
  while (goc_chan_recv(ends->in, &word, GOC_FOREVER) == GOC_OK)
    if (goc_chan_send(ends->out, &word, GOC_FOREVER) != GOC_OK) {
      if (goc_chan_kind(ends->in) == GOC_KIND_BYTES) goc_buf_release((goc_buf *)(intptr_t)word);
      break;
    }
  goc_chan_close(ends->out);
  end(ends);
}

JNIEXPORT void JNICALL Java_org_goconc_NativePeer_produce(JNIEnv *env, jclass type, jlong out,
                                                          jlong count) {
  (void)env, (void)type;
  start(&produce, 0, out, count);
}

JNIEXPORT void JNICALL Java_org_goconc_NativePeer_sum(JNIEnv *env, jclass type, jlong in,
                                                      jlong out) {
  (void)env, (void)type;
  start(&sum, in, out, 0);
}

JNIEXPORT void JNICALL Java_org_goconc_NativePeer_echo(JNIEnv *env, jclass type, jlong in,
                                                       jlong out) {
  (void)env, (void)type;
  start(&echo, in, out, 0);
}
