// Bench.java: the rows of the Java wrapper; see ../README.md.
// Usage: java -cp goconc.jar Bench.java ENGINE ROW --scale FACTOR; ENGINE is goconc or rival.
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.SynchronousQueue;
import org.goconc.Channel;
import org.goconc.LongChannel;
import org.goconc.WaitGroup;

class Bench {
  /** What a queue of either side can do. */
  interface Queue {
    void put(Object value) throws InterruptedException;

    Object take() throws InterruptedException;
  }

  static Queue ours(int capacity) {
    Channel<Object> channel = Channel.buffered(capacity);
    return new Queue() {
      public void put(Object value) throws InterruptedException {
        channel.send(value);
      }

      public Object take() throws InterruptedException {
        return channel.receive();
      }
    };
  }

  static Queue rival(int capacity) {
    BlockingQueue<Object> queue =
        capacity == 0 ? new SynchronousQueue<>() : new ArrayBlockingQueue<>(capacity);
    return new Queue() {
      public void put(Object value) throws InterruptedException {
        queue.put(value);
      }

      public Object take() throws InterruptedException {
        return queue.take();
      }
    };
  }

  static void check(Object expected, Object actual) {
    if (!expected.equals(actual)) throw new AssertionError(actual + " instead of " + expected);
  }

  /** A round trip over two queues without a buffer. */
  static void pingPong(Queue there, Queue back, int count) throws InterruptedException {
    WaitGroup group = new WaitGroup();
    group.go(() -> {
      for (int i = 0; i < count; i++) back.put(there.take());
    });
    group.go(() -> {
      for (int i = 0; i < count; i++) {
        there.put(i);
        check(i, back.take());
      }
    });
    group.await();
  }

  /** A value through a queue with a buffer. */
  static void stream(Queue queue, int count) throws InterruptedException {
    WaitGroup group = new WaitGroup();
    group.go(() -> {
      for (int i = 0; i < count; i++) queue.put(i);
    });
    group.go(() -> {
      for (int i = 0; i < count; i++) check(i, queue.take());
    });
    group.await();
  }

  /** Of native.c; a channel's numbers come from a goroutine, the others by a call of take() each. */
  static native int sendNumbers(long channel, long count);

  static native int callWithNumbers(long count);

  static final BlockingQueue<Long> taken = new ArrayBlockingQueue<>(256);

  static void take(long number) throws InterruptedException {
    taken.put(number);
  }

  /** A number that native code produces. */
  static void nativeStream(boolean ours, int count) throws InterruptedException {
    WaitGroup group = new WaitGroup();
    LongChannel channel = LongChannel.buffered(256);
    System.loadLibrary("bench_native_jni");
    int status = ours ? sendNumbers(channel.handle(), count) : callWithNumbers(count);
    check(0, status);
    group.go(() -> {
      for (long i = 0; i < count; i++) check(i, ours ? channel.receive() : taken.take());
    });
    group.await();
  }

  public static void main(String[] arguments) throws InterruptedException {
    boolean ours = arguments[0].equals("goconc");
    String row = arguments[1];
    double scale = Double.parseDouble(arguments[3]);
    int count = (int) (scale * (row.endsWith("stream") ? 2_000_000 : 200_000));
    long nanos = 0;
    for (int round = 0; round < 2; round++) { // the first one is for the compiler
      long start = System.nanoTime();
      if (row.equals("stream")) stream(ours ? ours(256) : rival(256), count);
      else if (row.equals("native-stream")) nativeStream(ours, count);
      else if (ours) pingPong(ours(0), ours(0), count);
      else pingPong(rival(0), rival(0), count);
      nanos = System.nanoTime() - start;
    }
    System.out.printf("%s\tns\t%.1f%n", row, nanos / (double) count);
  }
}
