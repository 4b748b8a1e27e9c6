package org.goconc;

/** What a goroutine does. Unlike a {@link Runnable} it may throw, and so may wait on channels. */
@FunctionalInterface
public interface Goroutine {
  /**
   * Does it.
   *
   * @throws Exception an InterruptedException ends the goroutine quietly; any other goes to the
   *     thread's uncaught exception handler
   */
  void run() throws Exception;
}
