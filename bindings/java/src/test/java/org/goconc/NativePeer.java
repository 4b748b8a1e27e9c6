package org.goconc;

/** Goroutines in C on the other side of a channel: src/test/native/peer.c. */
final class NativePeer {
  static {
    System.load(System.getProperty("goconc.test.peer"));
  }

  private NativePeer() {}

  /** Sends 0 to count - 1 and closes. */
  static native void produce(long out, long count);

  /** Receives until in is closed, then sends the sum. */
  static native void sum(long in, long out);

  /** Passes everything on until in is closed, then closes out; ends too when out is closed. */
  static native void echo(long in, long out);
}
