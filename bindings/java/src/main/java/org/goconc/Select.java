package org.goconc;

import java.lang.ref.Reference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.DoubleFunction;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/**
 * Waits for the first of several sends and receives, as Go's {@code select}.
 *
 * <pre>{@code
 * String answer = Select.<String>begin()
 *     .onReceive(names, name -> "Hello " + name)
 *     .onSend(numbers, 42, () -> "sent")
 *     .timeout(Duration.ofSeconds(1), () -> "too late")
 *     .run();
 * }</pre>
 *
 * <p>If several cases are possible, one of them is chosen uniformly at random. Exactly one happens;
 * its function runs afterwards, on the calling thread, and gives the result of {@link #run}. A select
 * may be run again, with the same values to send; it belongs to one thread.
 *
 * @param <R> the result
 */
public final class Select<R> {
  private final List<Case<R>> cases = new ArrayList<>();
  private Duration timeout;
  private Supplier<? extends R> onTimeout;
  private Supplier<? extends R> otherwise;

  /** One case. */
  private abstract static class Case<R> {
    final AnyChannel channel;
    Supplier<? extends R> whenClosed;

    Case(AnyChannel channel) {
      this.channel = Objects.requireNonNull(channel);
    }

    /** Writes the case; gives the word to send. */
    abstract long begin(CaseMemory memory, int index);

    /** It happened. */
    abstract R fire(long received);

    /** It did not happen. */
    void giveUp(long word) {}
  }

  private static final class Receive<R> extends Case<R> {
    private final LongFunction<? extends R> decodeAndApply;

    Receive(AnyChannel channel, LongFunction<? extends R> decodeAndApply) {
      super(channel);
      this.decodeAndApply = decodeAndApply;
    }

    @Override
    long begin(CaseMemory memory, int index) {
      memory.receive(index, channel.handle());
      return 0;
    }

    @Override
    R fire(long received) {
      return decodeAndApply.apply(received);
    }
  }

  private static final class Send<R> extends Case<R> {
    private final Encoder encoder;
    private final Supplier<? extends R> whenSent;

    Send(AnyChannel channel, Encoder encoder, Supplier<? extends R> whenSent) {
      super(channel);
      this.encoder = encoder;
      this.whenSent = Objects.requireNonNull(whenSent);
    }

    @Override
    long begin(CaseMemory memory, int index) {
      long word = encoder.encode();
      memory.send(index, channel.handle(), word);
      return word;
    }

    @Override
    R fire(long received) {
      return whenSent.get();
    }

    @Override
    void giveUp(long word) {
      channel.discard(word);
    }
  }

  private interface Encoder {
    long encode();
  }

  private Select() {}

  /**
   * Begins a select without cases.
   *
   * @param <R> the result
   * @return the select, to add cases to
   */
  public static <R> Select<R> begin() {
    return new Select<>();
  }

  /**
   * Adds a receive.
   *
   * @param <T> what is received
   * @param channel from where
   * @param then gets the value
   * @return this
   */
  public <T> Select<R> onReceive(Receiver<T> channel, Function<? super T, ? extends R> then) {
    Channel<T> from = (Channel<T>) channel;
    Objects.requireNonNull(then);
    return add(new Receive<>(from, word -> then.apply(from.decode(word))));
  }

  /**
   * Adds a receive.
   *
   * @param channel from where
   * @param then gets the value
   * @return this
   */
  public Select<R> onReceive(LongChannel channel, LongFunction<? extends R> then) {
    return add(new Receive<>(channel, Objects.requireNonNull(then)));
  }

  /**
   * Adds a receive.
   *
   * @param channel from where
   * @param then gets the value
   * @return this
   */
  public Select<R> onReceive(DoubleChannel channel, DoubleFunction<? extends R> then) {
    Objects.requireNonNull(then);
    return add(new Receive<>(channel, word -> then.apply(DoubleChannel.decode(word))));
  }

  /**
   * Adds a receive.
   *
   * @param channel from where
   * @param then gets the value
   * @return this
   */
  public Select<R> onReceive(BytesChannel channel, Function<byte[], ? extends R> then) {
    Objects.requireNonNull(then);
    return add(new Receive<>(channel, word -> then.apply(BytesChannel.decode(word))));
  }

  /**
   * Adds a send.
   *
   * @param <T> what is sent
   * @param channel where to
   * @param value not null
   * @param then runs after it was sent
   * @return this
   */
  public <T> Select<R> onSend(Sender<T> channel, T value, Supplier<? extends R> then) {
    Channel<T> to = (Channel<T>) channel;
    Objects.requireNonNull(value);
    return add(new Send<>(to, () -> to.encode(value), then));
  }

  /**
   * Adds a send.
   *
   * @param channel where to
   * @param value what
   * @param then runs after it was sent
   * @return this
   */
  public Select<R> onSend(LongChannel channel, long value, Supplier<? extends R> then) {
    return add(new Send<>(channel, () -> value, then));
  }

  /**
   * Adds a send.
   *
   * @param channel where to
   * @param value what
   * @param then runs after it was sent
   * @return this
   */
  public Select<R> onSend(DoubleChannel channel, double value, Supplier<? extends R> then) {
    return add(new Send<>(channel, () -> DoubleChannel.encode(value), then));
  }

  /**
   * Adds a send.
   *
   * @param channel where to
   * @param value what; copied when the select runs
   * @param then runs after it was sent
   * @return this
   */
  public Select<R> onSend(BytesChannel channel, byte[] value, Supplier<? extends R> then) {
    Objects.requireNonNull(value);
    return add(new Send<>(channel, () -> BytesChannel.encode(value), then));
  }

  /**
   * Says what happens when the case that was added last fires because its channel is closed. Without
   * this, {@link #run} throws a {@link ChannelClosedException} then.
   *
   * @param then gives the result
   * @return this
   * @throws IllegalStateException if there is no case
   */
  public Select<R> whenClosed(Supplier<? extends R> then) {
    if (cases.isEmpty()) throw new IllegalStateException("whenClosed belongs to a case before it");
    cases.get(cases.size() - 1).whenClosed = Objects.requireNonNull(then);
    return this;
  }

  /**
   * Gives up after a time.
   *
   * @param after how long to wait; zero or less tries once
   * @param then gives the result
   * @return this
   */
  public Select<R> timeout(Duration after, Supplier<? extends R> then) {
    timeout = Objects.requireNonNull(after);
    onTimeout = Objects.requireNonNull(then);
    return this;
  }

  /**
   * Gives up at once if no case is possible; Go's {@code default}.
   *
   * @param then gives the result
   * @return this
   */
  public Select<R> orElse(Supplier<? extends R> then) {
    otherwise = Objects.requireNonNull(then);
    return this;
  }

  /**
   * Waits until one of the cases has happened and runs its function. Without cases, time-out and
   * default it waits until the thread is interrupted.
   *
   * @return what the function returned
   * @throws InterruptedException if the thread is interrupted; no case has happened
   * @throws ChannelClosedException if the channel of the case that fired is closed, and nothing was
   *     said about that
   */
  public R run() throws InterruptedException {
    long[] words = new long[cases.size()];
    int encoded = 0;
    int fired = -1;
    long received = 0;
    boolean closed = false;
    Operation operation = Operation.take();
    try {
      CaseMemory memory = operation.cases(words.length);
      for (; encoded < words.length; ++encoded)
        words[encoded] = cases.get(encoded).begin(memory, encoded);
      if (happens(operation, memory)) {
        fired = operation.index();
        received = operation.value();
        closed = operation.status() == Status.CLOSED;
      }
    } finally {
      operation.give();
      for (int i = 0; i < encoded; ++i)
        if (i != fired || closed) cases.get(i).giveUp(words[i]);
      Reference.reachabilityFence(this);
    }
    if (fired < 0) return (otherwise != null ? otherwise : onTimeout).get();
    Case<R> happened = cases.get(fired);
    if (!closed) return happened.fire(received);
    if (happened.whenClosed == null) throw new ChannelClosedException();
    return happened.whenClosed.get();
  }

  /** Waits; false if it gave up. */
  private boolean happens(Operation operation, CaseMemory memory) throws InterruptedException {
    operation.refuseIfInterrupted();
    long deadline = onTimeout != null ? Operation.deadline(timeout) : Operation.FOREVER;
    int status =
        Native.select_op(
            memory.address, cases.size(), operation.address, Port.HANDLE, otherwise != null ? 1 : 0);
    int result = operation.finish(status, deadline);
    if (result == Status.AGAIN) return false;
    if (result != Status.OK && result != Status.CLOSED) throw Status.unexpected(result);
    return true;
  }

  private Select<R> add(Case<R> added) {
    cases.add(added);
    return this;
  }
}
