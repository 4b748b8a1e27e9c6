package org.goconc;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * A {@code goc_op} of goconc/port.h and the thread that waits for it.
 *
 * <p>Who starts an operation: {@link #take} a record; call native code; {@link #finish(int, long)};
 * read the result; {@link #give} it back.
 *
 * <p>After PENDING exactly one of these happens: somebody gets the token, calls {@link #complete}
 * with it, and {@code done} is set; or {@link #cancel} is true. Nothing else ends a wait.
 *
 * <p>Memory order: the plain fields are written before the native call that publishes the record, and
 * read after the native call that gave the token; the locks in between order them. {@code done} is
 * volatile, not just released: {@link LockSupport#unpark} only reads when a permit of before is still
 * there, and that read must not come before the write. Else the owner could take that permit, find
 * itself not done, and park for good.
 */
final class Operation {
  /** sizeof(goc_op), and the offsets of its fields. */
  static final int SIZE = 128;
  private static final int VALUE = 0;
  private static final int TOKEN = 8;
  private static final int WOKEN = 16;
  private static final int STATUS = 24;
  private static final int INDEX = 28;

  static final long FOREVER = Long.MAX_VALUE;

  /** Differences of nanoTime are right within 292 years; half of that is as good as for ever. */
  private static final Duration LONGEST = Duration.ofDays(146L * 365);

  private final ByteBuffer memory;
  private final int offset;
  private final long token;
  /** Where the record lies, for native code. */
  final long address;

  private Thread owner;
  private volatile boolean done;
  private CaseMemory cases;

  Operation(ByteBuffer memory, int offset, long address, long token) {
    this.memory = memory;
    this.offset = offset;
    this.address = address;
    this.token = token;
    memory.putLong(offset + TOKEN, token);
  }

  /** The deadline of a wait that begins now, in terms of {@link System#nanoTime}. */
  static long deadline(Duration timeout) {
    long now = System.nanoTime();
    if (timeout.isNegative()) return now;
    if (timeout.compareTo(LONGEST) > 0) return FOREVER;
    return now + timeout.toNanos();
  }

  static Operation take() {
    Operation operation = OperationPool.take();
    operation.owner = Thread.currentThread();
    operation.done = false;
    return operation;
  }

  void give() {
    owner = null;
    OperationPool.give(this);
  }

  long value() {
    return memory.getLong(offset + VALUE);
  }

  void setValue(long value) {
    memory.putLong(offset + VALUE, value);
  }

  /** OK, or CLOSED if the channel of the case that fired was closed. */
  int status() {
    return memory.getInt(offset + STATUS);
  }

  /** The case of a select that fired. */
  int index() {
    return memory.getInt(offset + INDEX);
  }

  /** Memory for the cases of a select, which lives as long as the record. */
  CaseMemory cases(int count) {
    if (cases == null || cases.capacity() < count) cases = new CaseMemory(count);
    return cases;
  }

  /** Before an operation that may wait: an interrupt of before counts as one of while it waits. */
  void refuseIfInterrupted() throws InterruptedException {
    if (Thread.interrupted()) throw new InterruptedException();
  }

  /**
   * Right after the native call that started this operation: resumes the owner of the one operation
   * that it completed. Nothing is allocated before.
   *
   * @return status
   */
  int finish(int status) {
    if (status == Status.OK) {
      long woken = memory.getLong(offset + WOKEN);
      if (woken != 0) complete(woken);
    }
    return status;
  }

  /** The same, and waits if it has to: AGAIN if the deadline passed, else the operation's result. */
  int finish(int status, long deadline) throws InterruptedException {
    if (status != Status.PENDING) return finish(status);
    return await(deadline) ? memory.getInt(offset + STATUS) : Status.AGAIN;
  }

  /** The operation with this token has its result; the caller is the only one who says so. */
  static void complete(long token) {
    Operation operation = OperationPool.byToken(token);
    Thread owner = operation.owner; // once it is done, the record may be another's
    operation.done = true;
    LockSupport.unpark(owner);
  }

  /**
   * Parks until the pending operation is done. A virtual thread lets others run before: often one of
   * them completes the operation meanwhile, and a yield costs less than to park and to be unparked. A
   * platform thread parks at once, since a wait that is not short would pay for the attempt.
   *
   * @param deadline from {@link #deadline}, or FOREVER
   * @return true if it has its result; false if the deadline passed and it will not happen
   * @throws InterruptedException if the thread was interrupted; it will not happen either
   */
  private boolean await(long deadline) throws InterruptedException {
    VirtualThreads.giveWay();
    while (!done) {
      if (Thread.interrupted()) {
        if (cancel()) throw new InterruptedException();
        awaitResult();
        owner.interrupt();
      } else if (deadline == FOREVER) {
        LockSupport.park(this);
      } else {
        long left = deadline - System.nanoTime();
        if (left > 0) LockSupport.parkNanos(this, left);
        else if (cancel()) return false;
        else awaitResult();
      }
    }
    return true;
  }

  /** Too late to cancel: the token is on its way. Leaves an interrupt for the next who looks. */
  private void awaitResult() {
    boolean interrupted = false;
    while (!done) {
      LockSupport.park(this);
      interrupted |= Thread.interrupted();
    }
    if (interrupted) owner.interrupt();
  }

  private boolean cancel() {
    return Native.goc_op_cancel(address) == Status.OK;
  }

  @Override
  public String toString() {
    return "goconc operation " + token;
  }
}
