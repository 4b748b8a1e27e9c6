package org.goconc;

import java.time.Duration;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.PrimitiveIterator;

/**
 * A channel of {@code double} values, which C, C# and Ruby code of the same process may
 * share ({@code GOC_KIND_DOUBLE} of goconc/channel.h). Its methods are those of {@link Sender} and
 * {@link Receiver}, without boxing.
 */
public final class DoubleChannel extends AnyChannel implements Iterable<Double> {
  private DoubleChannel(int capacity) {
    super(KIND_DOUBLE, capacity);
  }

  private DoubleChannel(long foreign) {
    super(KIND_DOUBLE, foreign);
  }

  /**
   * Makes a channel on which a send waits for its receiver.
   *
   * @return the channel
   */
  public static DoubleChannel unbuffered() {
    return new DoubleChannel(0);
  }

  /**
   * Makes a channel with a buffer.
   *
   * @param capacity how many values it holds before a send waits; 0 for none
   * @return the channel
   * @throws IllegalArgumentException if capacity is negative
   */
  public static DoubleChannel buffered(int capacity) {
    return new DoubleChannel(capacity);
  }

  /**
   * Opens a channel that exists already, of this or another language.
   *
   * @param handle a {@code goc_chan *}, valid during the call; this object adds a reference
   * @return the channel
   * @throws IllegalArgumentException if it is no channel, or one of other values
   */
  public static DoubleChannel of(long handle) {
    return new DoubleChannel(handle);
  }

  /**
   * Sends a value; see {@link Sender#send(Object)}.
   *
   * @param value what to send
   * @throws InterruptedException if the thread is interrupted; nothing was sent
   * @throws ChannelClosedException if the channel is closed; nothing was sent
   */
  public void send(double value) throws InterruptedException {
    sendWord(encode(value));
  }

  /**
   * Sends a value, or gives up; see {@link Sender#send(Object, Duration)}.
   *
   * @param value what to send
   * @param timeout how long to wait; zero or less tries once
   * @return whether it was sent
   * @throws InterruptedException if the thread is interrupted; nothing was sent
   * @throws ChannelClosedException if the channel is closed; nothing was sent
   */
  public boolean send(double value, Duration timeout) throws InterruptedException {
    Objects.requireNonNull(timeout);
    return sendWord(encode(value), timeout);
  }

  /**
   * Sends a value if that is possible at once.
   *
   * @param value what to send
   * @return whether it was sent
   * @throws ChannelClosedException if the channel is closed
   */
  public boolean trySend(double value) {
    return trySendWord(encode(value));
  }

  /**
   * Receives the next value; see {@link Receiver#receive()}.
   *
   * @return the value
   * @throws InterruptedException if the thread is interrupted; nothing was received
   * @throws ChannelClosedException if the channel is closed and drained
   */
  public double receive() throws InterruptedException {
    return decode(receiveWord());
  }

  /**
   * Receives the next value, or gives up; see {@link Receiver#receive(Duration)}.
   *
   * @param timeout how long to wait; zero or less tries once
   * @return the value, or nothing when the time is over
   * @throws InterruptedException if the thread is interrupted; nothing was received
   * @throws ChannelClosedException if the channel is closed and drained
   */
  public OptionalDouble receive(Duration timeout) throws InterruptedException {
    return optional(receiveWord(timeout));
  }

  /**
   * Receives a value if there is one.
   *
   * @return the value, or nothing
   * @throws ChannelClosedException if the channel is closed and drained
   */
  public OptionalDouble tryReceive() {
    return optional(tryReceiveWord());
  }

  /** Receives until the channel is closed and drained; see {@link Receiver#iterator}. */
  @Override
  public PrimitiveIterator.OfDouble iterator() {
    return new PrimitiveIterator.OfDouble() {
      private final Words words = new Words();

      @Override
      public boolean hasNext() {
        return words.hasNext();
      }

      @Override
      public double nextDouble() {
        return decode(words.nextLong());
      }
    };
  }

  static long encode(double value) {
    return Double.doubleToRawLongBits(value);
  }

  static double decode(long word) {
    return Double.longBitsToDouble(word);
  }

  private static OptionalDouble optional(OptionalLong word) {
    return word.isPresent() ? OptionalDouble.of(decode(word.getAsLong())) : OptionalDouble.empty();
  }
}
