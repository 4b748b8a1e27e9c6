package org.goconc;

import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Starts goroutines: virtual threads on JDK 21 and newer, daemon threads before. Like Go's, they do
 * not keep the program alive.
 */
public final class Goconc {
  private static final ThreadFactory THREADS = threads();

  private Goconc() {}

  /**
   * Starts a goroutine, as Go's {@code go}.
   *
   * @param body what it does
   * @return its thread, to interrupt or join it
   */
  public static Thread go(Goroutine body) {
    Objects.requireNonNull(body);
    Thread thread = THREADS.newThread(() -> run(body));
    thread.start();
    return thread;
  }

  /**
   * Starts a goroutine that has a result. It has a name of its own, so that {@code go} and a lambda
   * that only throws, or a method reference, cannot be taken for it.
   *
   * @param body what it does
   * @param <V> its result
   * @return gives the result, or an {@link java.util.concurrent.ExecutionException} with what body
   *     threw; {@code cancel(true)} interrupts the goroutine
   */
  public static <V> Future<V> call(Callable<V> body) {
    FutureTask<V> future = new FutureTask<>(body);
    THREADS.newThread(future).start();
    return future;
  }

  /**
   * The version of the native library.
   *
   * @return such as "0.1.0"
   */
  public static String version() {
    return Native.goc_version();
  }

  static void run(Goroutine body) {
    try {
      body.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      Goconc.<RuntimeException>throwAnyway(e); // for the thread's handler
    }
  }

  @SuppressWarnings("unchecked") // the type is erased: nothing is cast
  private static <E extends Exception> void throwAnyway(Exception e) throws E {
    throw (E) e;
  }

  private static ThreadFactory threads() {
    ThreadFactory virtual = VirtualThreads.factory("goroutine-");
    return virtual != null ? virtual : daemons();
  }

  private static ThreadFactory daemons() {
    AtomicLong count = new AtomicLong();
    return body -> {
      Thread thread = new Thread(body, "goroutine-" + count.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }
}
