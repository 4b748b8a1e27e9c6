// Select.java: waits for the first of several sends and receives, with a default or a time-out.
import java.time.Duration;
import org.goconc.Channel;
import org.goconc.LongChannel;
import org.goconc.Select;
import org.goconc.WaitGroup;

class SelectExample {
  /** Sends Fibonacci numbers until quit is closed. */
  static void fibonacci(LongChannel numbers, Channel<String> quit) throws InterruptedException {
    long a = 0;
    long b = 1;
    boolean running = true;
    while (running) {
      running = Select.<Boolean>begin()
          .onSend(numbers, a, () -> true)
          .onReceive(quit, message -> false).whenClosed(() -> false)
          .run();
      long next = a + b;
      a = b;
      b = next;
    }
    System.out.println("quit");
  }

  static Void print(long n) {
    System.out.println("received " + n);
    return null;
  }

  static Void print(String text) {
    System.out.println(text);
    return null;
  }

  public static void main(String[] arguments) throws InterruptedException {
    LongChannel numbers = LongChannel.unbuffered();
    Channel<String> quit = Channel.unbuffered();

    Select.begin()
        .onReceive(numbers, SelectExample::print)
        .orElse(() -> print("default: nothing is ready"))
        .run();
    Select.begin()
        .onReceive(numbers, SelectExample::print)
        .timeout(Duration.ofMillis(10), () -> print("time-out: nothing came"))
        .run();

    WaitGroup group = new WaitGroup();
    group.go(() -> fibonacci(numbers, quit));
    for (int i = 0; i < 10; i++) print(numbers.receive());
    quit.close();
    group.await();
  }
}
