package org.goconc;

/**
 * Where completions arrive that no thread of this JVM has brought about by an operation of its own:
 * those by native goroutines and other VMs, and those of {@code close} and a WaitGroup's zero, which
 * may be many at once.
 *
 * <p>A daemon thread waits for the former; who causes the latter fetches them at once (drain).
 */
final class Port {
  static final long HANDLE = Status.handle(Native.new_port());

  static {
    Thread pump = new Thread(Port::pump, "goconc-port");
    pump.setDaemon(true);
    pump.start();
  }

  private Port() {}

  static void drain() {
    for (long token; (token = Native.poll_token(HANDLE)) != 0; ) Operation.complete(token);
  }

  private static void pump() {
    for (; ; ) {
      long token = Native.await_token(HANDLE);
      if (token != 0) Operation.complete(token);
      drain();
    }
  }
}
