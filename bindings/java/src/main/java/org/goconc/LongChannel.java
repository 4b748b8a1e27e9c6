package org.goconc;

import java.time.Duration;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.PrimitiveIterator;

/**
 * A channel of {@code long} values, which C, C# and Ruby code of the same process may
 * share ({@code GOC_KIND_INT64} of goconc/channel.h). Its methods are those of {@link Sender} and
 * {@link Receiver}, without boxing.
 */
public final class LongChannel extends AnyChannel implements Iterable<Long> {
  private LongChannel(int capacity) {
    super(KIND_INT64, capacity);
  }

  private LongChannel(long foreign) {
    super(KIND_INT64, foreign);
  }

  /**
   * Makes a channel on which a send waits for its receiver.
   *
   * @return the channel
   */
  public static LongChannel unbuffered() {
    return new LongChannel(0);
  }

  /**
   * Makes a channel with a buffer.
   *
   * @param capacity how many values it holds before a send waits; 0 for none
   * @return the channel
   * @throws IllegalArgumentException if capacity is negative
   */
  public static LongChannel buffered(int capacity) {
    return new LongChannel(capacity);
  }

  /**
   * Opens a channel that exists already, of this or another language.
   *
   * @param handle a {@code goc_chan *}, valid during the call; this object adds a reference
   * @return the channel
   * @throws IllegalArgumentException if it is no channel, or one of other values
   */
  public static LongChannel of(long handle) {
    return new LongChannel(handle);
  }

  /**
   * Sends a value; see {@link Sender#send(Object)}.
   *
   * @param value what to send
   * @throws InterruptedException if the thread is interrupted; nothing was sent
   * @throws ChannelClosedException if the channel is closed; nothing was sent
   */
  public void send(long value) throws InterruptedException {
    sendWord(value);
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
  public boolean send(long value, Duration timeout) throws InterruptedException {
    Objects.requireNonNull(timeout);
    return sendWord(value, timeout);
  }

  /**
   * Sends a value if that is possible at once.
   *
   * @param value what to send
   * @return whether it was sent
   * @throws ChannelClosedException if the channel is closed
   */
  public boolean trySend(long value) {
    return trySendWord(value);
  }

  /**
   * Receives the next value; see {@link Receiver#receive()}.
   *
   * @return the value
   * @throws InterruptedException if the thread is interrupted; nothing was received
   * @throws ChannelClosedException if the channel is closed and drained
   */
  public long receive() throws InterruptedException {
    return receiveWord();
  }

  /**
   * Receives the next value, or gives up; see {@link Receiver#receive(Duration)}.
   *
   * @param timeout how long to wait; zero or less tries once
   * @return the value, or nothing when the time is over
   * @throws InterruptedException if the thread is interrupted; nothing was received
   * @throws ChannelClosedException if the channel is closed and drained
   */
  public OptionalLong receive(Duration timeout) throws InterruptedException {
    return receiveWord(timeout);
  }

  /**
   * Receives a value if there is one.
   *
   * @return the value, or nothing
   * @throws ChannelClosedException if the channel is closed and drained
   */
  public OptionalLong tryReceive() {
    return tryReceiveWord();
  }

  /** Receives until the channel is closed and drained; see {@link Receiver#iterator}. */
  @Override
  public PrimitiveIterator.OfLong iterator() {
    return new Words();
  }
}
