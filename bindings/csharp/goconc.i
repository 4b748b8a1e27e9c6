/* The layer under Goconc: P/Invoke declarations in the internal class Native.
 *
 * SWIG also writes a module class and pointer classes for public use; nobody needs them, and they
 * are not compiled. A WaitGroup arrives as a SafeHandle, so that no call can meet one that was
 * released. All else is addresses, also a channel: its users would meet at the count of a SafeHandle,
 * which costs more than the call. Who calls keeps the channel alive. */
%module(imclassname="Native") NativeModule

%pragma(csharp) imclassclassmodifiers="internal static partial class"

/* The type that crosses the border, and what comes back instead of it. */
%define CROSSES_AS(TYPE, CSTYPE)
%typemap(ctype) TYPE, const TYPE "void *"
%typemap(imtype, out="global::System.IntPtr") TYPE, const TYPE CSTYPE
%typemap(in) TYPE, const TYPE %{ $1 = ($1_ltype)$input; %}
%typemap(out) TYPE, const TYPE %{ $result = (void *)$1; %}
%enddef

CROSSES_AS(goc_chan *, "global::System.IntPtr")
CROSSES_AS(goc_wg *, "WaitGroupHandle")
CROSSES_AS(goc_port *, "global::System.IntPtr")
CROSSES_AS(goc_op *, "global::System.IntPtr")
CROSSES_AS(goc_case *, "global::System.IntPtr")
CROSSES_AS(goc_buf *, "global::System.IntPtr")
CROSSES_AS(int64_t *, "global::System.IntPtr")
CROSSES_AS(void *, "global::System.IntPtr")
CROSSES_AS(char *, "global::System.IntPtr")

/* What is an address all the same: what is not yet, or no longer, a SafeHandle. */
%typemap(imtype) goc_wg *address "global::System.IntPtr"

%include "../swig/common.i"

%inline %{
/* Fetches tokens without waiting; 0: there are none. */
static int poll_tokens(goc_port *port, int64_t *tokens, int max) {
  return goc_port_poll(port, tokens, max);
}
/* The same, but blocks the thread until there is one. */
static int await_tokens(goc_port *port, int64_t *tokens, int max) {
  return goc_port_wait(port, tokens, max, GOC_FOREVER);
}

/* Waits for an operation that was started without a port. */
static int await_op(goc_op *op, int64_t deadline) { return goc_op_wait(op, deadline); }
static int64_t deadline_in(int64_t ns) { return goc_deadline(ns); }

static void release_wait_group(goc_wg *address) { goc_wg_release(address); }

/* A buffer with a copy of the bytes; NULL without memory. */
static goc_buf *new_bytes(const void *data, int64_t length) {
  goc_buf *buf = NULL;
  return goc_buf_new(&buf, data, (size_t)length) == GOC_OK ? buf : NULL;
}
static const void *bytes_data(const goc_buf *buf) { return goc_buf_data(buf); }
static int64_t bytes_length(const goc_buf *buf) { return (int64_t)goc_buf_len(buf); }
%}
