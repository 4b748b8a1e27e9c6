/* native_jni.c: lets Java have the numbers of native.c. The thread is attached once, not for each call. */
#include <goconc/goconc.h>
#include <jni.h>

int send_numbers(goc_chan *channel, int64_t count);
int call_with_numbers(void (*take)(int64_t), int64_t count);

static JavaVM *g_vm;
static jclass g_bench;
static jmethodID g_take;
static _Thread_local JNIEnv *t_env;

static void take(int64_t number) {
  if (t_env == NULL) (*g_vm)->AttachCurrentThreadAsDaemon(g_vm, (void **)&t_env, NULL);
  (*t_env)->CallStaticVoidMethod(t_env, g_bench, g_take, (jlong)number);
}

JNIEXPORT jint JNICALL Java_Bench_sendNumbers(JNIEnv *env, jclass bench, jlong channel,
                                              jlong count) {
  (void)env, (void)bench;
  return send_numbers((goc_chan *)(intptr_t)channel, count);
}

JNIEXPORT jint JNICALL Java_Bench_callWithNumbers(JNIEnv *env, jclass bench, jlong count) {
  (*env)->GetJavaVM(env, &g_vm);
  g_bench = (*env)->NewGlobalRef(env, bench);
  g_take = (*env)->GetStaticMethodID(env, bench, "take", "(J)V");
  return call_with_numbers(take, count);
}
