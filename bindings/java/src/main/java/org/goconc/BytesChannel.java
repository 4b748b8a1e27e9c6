package org.goconc;

import java.time.Duration;
import java.util.Iterator;
import java.util.Objects;
import java.util.Optional;

/**
 * A channel of bytes, which C, C# and Ruby code of the same process may
 * share ({@code GOC_KIND_BYTES} of goconc/channel.h). Its methods are those of {@link Sender} and
 * {@link Receiver}; strings travel as UTF-8. Bytes are copied when they are sent and received.
 */
public final class BytesChannel extends AnyChannel implements Iterable<byte[]> {
  private BytesChannel(int capacity) {
    super(KIND_BYTES, capacity);
  }

  private BytesChannel(long foreign) {
    super(KIND_BYTES, foreign);
  }

  /**
   * Makes a channel on which a send waits for its receiver.
   *
   * @return the channel
   */
  public static BytesChannel unbuffered() {
    return new BytesChannel(0);
  }

  /**
   * Makes a channel with a buffer.
   *
   * @param capacity how many values it holds before a send waits; 0 for none
   * @return the channel
   * @throws IllegalArgumentException if capacity is negative
   */
  public static BytesChannel buffered(int capacity) {
    return new BytesChannel(capacity);
  }

  /**
   * Opens a channel that exists already, of this or another language.
   *
   * @param handle a {@code goc_chan *}, valid during the call; this object adds a reference
   * @return the channel
   * @throws IllegalArgumentException if it is no channel, or one of other values
   */
  public static BytesChannel of(long handle) {
    return new BytesChannel(handle);
  }

  /**
   * Sends a value; see {@link Sender#send(Object)}.
   *
   * @param value what to send; copied
   * @throws InterruptedException if the thread is interrupted; nothing was sent
   * @throws ChannelClosedException if the channel is closed; nothing was sent
   */
  public void send(byte[] value) throws InterruptedException {
    sendWord(encode(value));
  }

  /**
   * Sends a value, or gives up; see {@link Sender#send(Object, Duration)}.
   *
   * @param value what to send; copied
   * @param timeout how long to wait; zero or less tries once
   * @return whether it was sent
   * @throws InterruptedException if the thread is interrupted; nothing was sent
   * @throws ChannelClosedException if the channel is closed; nothing was sent
   */
  public boolean send(byte[] value, Duration timeout) throws InterruptedException {
    Objects.requireNonNull(timeout);
    return sendWord(encode(value), timeout);
  }

  /**
   * Sends a value if that is possible at once.
   *
   * @param value what to send; copied
   * @return whether it was sent
   * @throws ChannelClosedException if the channel is closed
   */
  public boolean trySend(byte[] value) {
    return trySendWord(encode(value));
  }

  /**
   * Receives the next value; see {@link Receiver#receive()}.
   *
   * @return the value
   * @throws InterruptedException if the thread is interrupted; nothing was received
   * @throws ChannelClosedException if the channel is closed and drained
   */
  public byte[] receive() throws InterruptedException {
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
  public Optional<byte[]> receive(Duration timeout) throws InterruptedException {
    return decoded(receiveWord(timeout), BytesChannel::decode);
  }

  /**
   * Receives a value if there is one.
   *
   * @return the value, or nothing
   * @throws ChannelClosedException if the channel is closed and drained
   */
  public Optional<byte[]> tryReceive() {
    return decoded(tryReceiveWord(), BytesChannel::decode);
  }

  /** Receives until the channel is closed and drained; see {@link Receiver#iterator}. */
  @Override
  public Iterator<byte[]> iterator() {
    return values(BytesChannel::decode);
  }

  static long encode(byte[] value) {
    return Status.handle(Native.new_bytes(Objects.requireNonNull(value)));
  }

  /** Takes over the reference that came with the word. */
  static byte[] decode(long word) {
    return Native.take_bytes(word);
  }

  @Override
  void discard(long word) {
    Native.goc_buf_release(word);
  }
}
