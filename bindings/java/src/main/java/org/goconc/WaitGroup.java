package org.goconc;

import java.lang.ref.Reference;
import java.time.Duration;
import java.util.Objects;

/**
 * Waits until a number of things is done.
 *
 * <pre>{@code
 * WaitGroup group = new WaitGroup();
 * for (int i = 0; i < 5; i++) group.go(() -> work());
 * group.await();
 * }</pre>
 *
 * What was done before {@link #done} is visible after {@link #await()}. A WaitGroup may be used again
 * after it has been at zero.
 */
public final class WaitGroup {
  private final long handle = Status.handle(Native.new_wait_group());

  /** Makes a WaitGroup that counts 0. */
  public WaitGroup() {
    long handle = this.handle; // the action must not know the WaitGroup
    AnyChannel.CLEANER.register(this, () -> Native.goc_wg_release(handle));
  }

  /**
   * Adds to the counter. Call it before starting what is waited for, not inside.
   *
   * @param delta may be negative
   * @throws IllegalStateException if the counter would be negative, or more than 2^31 - 1; it is
   *     unchanged then
   */
  public void add(int delta) {
    try {
      int status = Native.goc_wg_add(handle, delta);
      if (delta < 0) Port.drain(); // it may have been the zero that others wait for
      if (status == Status.NEGATIVE)
        throw new IllegalStateException("the WaitGroup's counter would be negative");
      if (status != Status.OK) throw Status.unexpected(status);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * Takes one from the counter.
   *
   * @throws IllegalStateException if it is 0 already
   */
  public void done() {
    add(-1);
  }

  /**
   * The counter, which may have changed when it arrives.
   *
   * @return how many things are not done
   */
  public int count() {
    try {
      return (int) Native.goc_wg_count(handle);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * Waits until the counter is 0.
   *
   * @throws InterruptedException if the thread is interrupted
   */
  public void await() throws InterruptedException {
    await(Operation.FOREVER);
  }

  /**
   * Waits until the counter is 0, or gives up.
   *
   * @param timeout how long to wait; zero or less looks once
   * @return whether the counter was 0
   * @throws InterruptedException if the thread is interrupted
   */
  public boolean await(Duration timeout) throws InterruptedException {
    return await(Operation.deadline(timeout));
  }

  private boolean await(long deadline) throws InterruptedException {
    Operation operation = Operation.take();
    try {
      operation.refuseIfInterrupted();
      int status = Native.goc_wg_wait_op(handle, operation.address, Port.HANDLE);
      return operation.finish(status, deadline) == Status.OK;
    } finally {
      operation.give();
      Reference.reachabilityFence(this);
    }
  }

  /**
   * Starts a goroutine and waits for it too: adds 1 now, and takes it away when the goroutine ends,
   * however it ends.
   *
   * @param body what it does
   * @return its thread
   */
  public Thread go(Goroutine body) {
    Objects.requireNonNull(body);
    add(1);
    boolean started = false;
    try {
      Thread thread = Goconc.go(() -> runAndCount(body));
      started = true;
      return thread;
    } finally {
      if (!started) done();
    }
  }

  private void runAndCount(Goroutine body) throws Exception {
    try {
      body.run();
    } finally {
      done();
    }
  }
}
