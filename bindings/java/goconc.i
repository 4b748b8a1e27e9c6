/* The layer under org.goconc: static native methods of the package-private class Native.
 *
 * SWIG also writes a module class and pointer classes for public use; with -noproxy and handles of type
 * long nobody needs them, and they are not compiled. */
%module(jniclassname="Native") NativeModule

%pragma(java) jniclassclassmodifiers="final class"
%pragma(java) jniclasscode=%{
  static {
    NativeLibrary.load();
  }
%}

%include "../swig/common.i"

%typemap(in, numinputs=0) JNIEnv *jenv "$1 = jenv;"

%inline %{
/* Waits for the next event and gives its token. Only the port's daemon thread calls this: a virtual
 * thread that waited in native code would keep its carrier. */
static int64_t await_token(goc_port *port) {
  int64_t token = 0;
  return goc_port_wait(port, &token, 1, GOC_FOREVER) == 1 ? token : 0;
}

/* Where the memory of a direct buffer lies. */
static int64_t address_of(JNIEnv *jenv, jobject buffer) {
  return (int64_t)(intptr_t)(*jenv)->GetDirectBufferAddress(jenv, buffer);
}

/* A goc_buf with a copy of the bytes; 0 without memory. */
static int64_t new_bytes(JNIEnv *jenv, jbyteArray bytes) {
  const jsize length = (*jenv)->GetArrayLength(jenv, bytes);
  goc_buf *buf = NULL;
  if (goc_buf_new(&buf, NULL, (size_t)length) != GOC_OK) return 0;
  (*jenv)->GetByteArrayRegion(jenv, bytes, 0, length, (jbyte *)goc_buf_data(buf));
  return (int64_t)(intptr_t)buf;
}

/* A copy of the bytes of a goc_buf, whose reference it drops. */
static jbyteArray take_bytes(JNIEnv *jenv, int64_t word) {
  goc_buf *buf = (goc_buf *)(intptr_t)word;
  const jsize length = (jsize)goc_buf_len(buf);
  jbyteArray bytes = (*jenv)->NewByteArray(jenv, length);
  if (bytes != NULL)
    (*jenv)->SetByteArrayRegion(jenv, bytes, 0, length, (const jbyte *)goc_buf_data(buf));
  goc_buf_release(buf);
  return bytes;
}
%}
