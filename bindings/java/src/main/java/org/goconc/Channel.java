package org.goconc;

import java.time.Duration;
import java.util.Iterator;
import java.util.Objects;
import java.util.Optional;

/**
 * A channel of objects between the threads of this JVM.
 *
 * <pre>{@code
 * Channel<String> names = Channel.unbuffered();
 * Goconc.go(() -> {
 *   names.send("Ada");
 *   names.close();
 * });
 * for (String name : names) System.out.println(name);
 * }</pre>
 *
 * @param <T> what is sent; null is not sent, as in the queues of java.util.concurrent
 */
public final class Channel<T> extends AnyChannel implements Sender<T>, Receiver<T> {
  private final Slots slots = new Slots();

  private Channel(int capacity) {
    super(KIND_RAW, capacity);
  }

  /**
   * Makes a channel on which a send waits for its receiver.
   *
   * @param <T> what is sent
   * @return the channel
   */
  public static <T> Channel<T> unbuffered() {
    return new Channel<>(0);
  }

  /**
   * Makes a channel with a buffer.
   *
   * @param <T> what is sent
   * @param capacity how many values it holds before a send waits; 0 for none
   * @return the channel
   * @throws IllegalArgumentException if capacity is negative
   */
  public static <T> Channel<T> buffered(int capacity) {
    return new Channel<>(capacity);
  }

  @Override
  public void send(T value) throws InterruptedException {
    sendWord(encode(value));
  }

  @Override
  public boolean send(T value, Duration timeout) throws InterruptedException {
    Objects.requireNonNull(timeout);
    return sendWord(encode(value), timeout);
  }

  @Override
  public boolean trySend(T value) {
    return trySendWord(encode(value));
  }

  @Override
  public T receive() throws InterruptedException {
    return decode(receiveWord());
  }

  @Override
  public Optional<T> receive(Duration timeout) throws InterruptedException {
    return decoded(receiveWord(timeout), this::decode);
  }

  @Override
  public Optional<T> tryReceive() {
    return decoded(tryReceiveWord(), this::decode);
  }

  @Override
  public Iterator<T> iterator() {
    return values(this::decode);
  }

  long encode(T value) {
    return slots.put(Objects.requireNonNull(value));
  }

  @SuppressWarnings("unchecked") // only encode fills the slots
  T decode(long word) {
    return (T) slots.take(word);
  }

  @Override
  void discard(long word) {
    slots.take(word);
  }
}
