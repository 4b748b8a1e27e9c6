package org.goconc;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PrimitiveIterator;
import java.util.concurrent.CancellationException;
import java.util.function.LongFunction;

/**
 * What all channels have. Their subclasses say what is sent: {@link Channel} objects, the others
 * values that every language of the process understands.
 *
 * <p>A channel of capacity 0 is a rendezvous: a send ends when a receiver has the value. Values come
 * in the order in which they were sent, and whoever waits is served in the order of coming.
 *
 * <p>A channel that nobody can reach any more is freed with what is buffered in it, closed or not.
 */
public abstract sealed class AnyChannel implements AutoCloseable
    permits Channel, LongChannel, DoubleChannel, BytesChannel {
  /** What the words of a channel are (goconc/channel.h). */
  static final int KIND_RAW = 0;

  static final int KIND_INT64 = 1;
  static final int KIND_DOUBLE = 2;
  static final int KIND_BYTES = 3;

  private static final String[] KIND_NAMES = {"objects", "int64", "double", "bytes"};
  /** Releases the native object of a Java object that nobody can reach any more. */
  static final Cleaner CLEANER = Cleaner.create();

  private final long handle;

  /** A new channel. */
  AnyChannel(int kind, int capacity) {
    if (capacity < 0) throw new IllegalArgumentException("negative capacity: " + capacity);
    handle = Status.handle(Native.new_channel(kind, capacity));
    releaseWhenUnreachable();
  }

  /** A channel that exists already. */
  AnyChannel(int kind, long foreign) {
    int actual = Native.goc_chan_kind(foreign);
    if (actual < 0) throw new IllegalArgumentException("not the handle of a channel: " + foreign);
    if (actual != kind)
      throw new IllegalArgumentException(
          "the channel carries " + KIND_NAMES[actual] + ", not " + KIND_NAMES[kind]);
    handle = Native.goc_chan_retain(foreign);
    releaseWhenUnreachable();
  }

  private void releaseWhenUnreachable() {
    long handle = this.handle; // the action must not know the channel
    CLEANER.register(this, () -> Native.goc_chan_release(handle));
  }

  /**
   * The native handle, a {@code goc_chan *}, for native code in this process. It is valid as long as
   * this object is reachable; native code that keeps it longer calls {@code goc_chan_retain}.
   *
   * @return the address
   */
  public long handle() {
    return handle;
  }

  /**
   * Closes the channel: nothing can be sent any more, what is buffered can still be received, and
   * whoever waits to send or receive is told. Closing again does nothing.
   */
  @Override
  public void close() {
    try {
      Native.goc_chan_close(handle);
      Port.drain();
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * Whether the channel is closed; values may still be buffered.
   *
   * @return true once somebody has closed it
   */
  public boolean isClosed() {
    try {
      return Native.goc_chan_is_closed(handle) == 1;
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * The number of buffered values, which may have changed when it arrives. Go's {@code len}.
   *
   * @return 0 to {@link #capacity}
   */
  public int size() {
    try {
      return (int) Native.channel_length(handle);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * How many values are buffered before a send waits. Go's {@code cap}.
   *
   * @return 0 for a rendezvous
   */
  public int capacity() {
    try {
      return (int) Native.channel_capacity(handle);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public String toString() {
    return getClass().getSimpleName() + "[" + size() + "/" + capacity()
        + (isClosed() ? ", closed]" : "]");
  }

  // --- Words: what the subclasses encode their values in ---------------------------------------------

  /** A word that was not sent is the sender's again. */
  void discard(long word) {}

  final void sendWord(long word) throws InterruptedException {
    sendWord(word, Operation.FOREVER);
  }

  final boolean sendWord(long word, Duration timeout) throws InterruptedException {
    return sendWord(word, Operation.deadline(timeout));
  }

  private boolean sendWord(long word, long deadline) throws InterruptedException {
    Operation operation = Operation.take();
    boolean sent = false;
    try {
      operation.setValue(word);
      operation.refuseIfInterrupted();
      int status = Native.goc_chan_send_op(handle, operation.address, Port.HANDLE);
      return sent = happened(operation.finish(status, deadline));
    } finally {
      operation.give();
      if (!sent) discard(word);
      Reference.reachabilityFence(this);
    }
  }

  final boolean trySendWord(long word) {
    Operation operation = Operation.take();
    boolean sent = false;
    try {
      operation.setValue(word);
      int status = Native.try_send_op(handle, operation.address, Port.HANDLE);
      return sent = happened(operation.finish(status));
    } finally {
      operation.give();
      if (!sent) discard(word);
      Reference.reachabilityFence(this);
    }
  }

  final long receiveWord() throws InterruptedException {
    Operation operation = Operation.take();
    try {
      happened(receive(operation, Operation.FOREVER));
      return operation.value();
    } finally {
      operation.give();
    }
  }

  final OptionalLong receiveWord(Duration timeout) throws InterruptedException {
    Operation operation = Operation.take();
    try {
      boolean received = happened(receive(operation, Operation.deadline(timeout)));
      return received ? OptionalLong.of(operation.value()) : OptionalLong.empty();
    } finally {
      operation.give();
    }
  }

  final OptionalLong tryReceiveWord() {
    Operation operation = Operation.take();
    try {
      int status = Native.try_recv_op(handle, operation.address, Port.HANDLE);
      boolean received = happened(operation.finish(status));
      return received ? OptionalLong.of(operation.value()) : OptionalLong.empty();
    } finally {
      operation.give();
      Reference.reachabilityFence(this);
    }
  }

  private int receive(Operation operation, long deadline) throws InterruptedException {
    try {
      operation.refuseIfInterrupted();
      int status = Native.goc_chan_recv_op(handle, operation.address, Port.HANDLE);
      return operation.finish(status, deadline);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /** True for OK, false if it was not possible in time; the exceptions for the rest. */
  private static boolean happened(int status) {
    if (status == Status.OK) return true;
    if (status == Status.AGAIN) return false;
    if (status == Status.CLOSED) throw new ChannelClosedException();
    throw Status.unexpected(status);
  }

  static <T> Optional<T> decoded(OptionalLong word, LongFunction<T> decode) {
    return word.isPresent() ? Optional.of(decode.apply(word.getAsLong())) : Optional.empty();
  }

  /** Receives words until the channel is closed and drained. Belongs to one thread. */
  final class Words implements PrimitiveIterator.OfLong {
    private boolean fetched;
    private long word;

    @Override
    public boolean hasNext() {
      return fetched || (fetched = fetch());
    }

    @Override
    public long nextLong() {
      if (!hasNext()) throw new NoSuchElementException("the channel is closed");
      fetched = false;
      return word;
    }

    private boolean fetch() {
      Operation operation = Operation.take();
      try {
        int status = receive(operation, Operation.FOREVER);
        word = operation.value();
        return status != Status.CLOSED && happened(status);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        CancellationException canceled = new CancellationException("interrupted while receiving");
        canceled.initCause(e);
        throw canceled;
      } finally {
        operation.give();
      }
    }
  }

  /** The same for values that are never null, decoded as soon as they are received. */
  final <T> Iterator<T> values(LongFunction<T> decode) {
    Words words = new Words();
    return new Iterator<>() {
      private T next;

      @Override
      public boolean hasNext() {
        if (next == null && words.hasNext()) next = decode.apply(words.nextLong());
        return next != null;
      }

      @Override
      public T next() {
        if (!hasNext()) throw new NoSuchElementException("the channel is closed");
        T value = next;
        next = null;
        return value;
      }
    };
  }
}
