package org.goconc;

/** The result codes of the native layer that Java code tells apart (goconc/errors.def). */
final class Status {
  static final int OK = 0;
  static final int AGAIN = -4;
  static final int CLOSED = -6;
  static final int NEGATIVE = -10;
  static final int PENDING = -15;

  private Status() {}

  /** The exception for a code that no caller can do anything about. */
  static RuntimeException unexpected(int status) {
    return new IllegalStateException(Native.goc_strerror(status) + " (" + status + ")");
  }

  /** The same, but lack of memory is what it is everywhere in Java. */
  static long handle(long handle) {
    if (handle == 0) throw new OutOfMemoryError("goconc: no native memory");
    return handle;
  }
}
