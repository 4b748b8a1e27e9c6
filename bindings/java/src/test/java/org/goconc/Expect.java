package org.goconc;

import static org.junit.jupiter.api.Assertions.fail;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;

/** What the tests wait and count with. */
final class Expect {
  /** Long enough never to pass where nothing hangs. */
  static final Duration SOON = Duration.ofSeconds(30);

  private Expect() {}

  /** Waits for what another thread is about to do. */
  static void eventually(BooleanSupplier condition) {
    long end = System.nanoTime() + SOON.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) fail("it did not happen");
      Thread.yield();
    }
  }

  /** Runs the body on a goroutine, and waits until it is blocked on a channel or WaitGroup. */
  static Thread blockedIn(Goroutine body) {
    Thread thread = Goconc.go(body);
    eventually(() -> thread.getState() == Thread.State.WAITING
        || thread.getState() == Thread.State.TIMED_WAITING);
    return thread;
  }

  static boolean isGarbage(Callable<java.lang.ref.Reference<?>> make) throws Exception {
    java.lang.ref.Reference<?> reference = make.call();
    eventually(() -> {
      System.gc();
      return reference.refersTo(null);
    });
    return true;
  }
}
