/* polyglot_jni.c: lets Java call ../polyglot/polyglot.c. */
#include <goconc/goconc.h>
#include <jni.h>

int start_producer(goc_chan *lines);
int start_consumer(goc_chan *lines);

JNIEXPORT jint JNICALL Java_Polyglot_startProducer(JNIEnv *env, jclass type, jlong lines) {
  (void)env, (void)type;
  return start_producer((goc_chan *)(intptr_t)lines);
}

JNIEXPORT jint JNICALL Java_Polyglot_startConsumer(JNIEnv *env, jclass type, jlong lines) {
  (void)env, (void)type;
  return start_consumer((goc_chan *)(intptr_t)lines);
}
