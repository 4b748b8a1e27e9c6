// Pipeline.java: fans numbers out to several squarers and their results in to one channel.
// Usage: Pipeline [COUNT]
//
// Each stage is a method that takes the channel it reads, starts its goroutine and returns the
// channel it writes. A stage closes its channel when its input has ended.
import java.util.stream.Stream;
import org.goconc.Goconc;
import org.goconc.LongChannel;
import org.goconc.WaitGroup;

class Pipeline {
  static LongChannel countTo(long last) {
    LongChannel out = LongChannel.unbuffered();
    Goconc.go(() -> {
      try (out) {
        for (long n = 1; n <= last; n++) out.send(n);
      }
    });
    return out;
  }

  static LongChannel square(LongChannel in) {
    LongChannel out = LongChannel.unbuffered();
    Goconc.go(() -> {
      try (out) {
        for (long n : in) out.send(n * n);
      }
    });
    return out;
  }

  static LongChannel merge(Iterable<LongChannel> inputs) {
    LongChannel out = LongChannel.unbuffered();
    Goconc.go(() -> {
      try (out) {
        WaitGroup copiers = new WaitGroup();
        for (LongChannel in : inputs)
          copiers.go(() -> {
            for (long n : in) out.send(n);
          });
        copiers.await();
      }
    });
    return out;
  }

  public static void main(String[] arguments) {
    LongChannel source = countTo(arguments.length > 0 ? Long.parseLong(arguments[0]) : 100);
    long results = 0;
    long sum = 0;
    for (long n : merge(Stream.generate(() -> square(source)).limit(4).toList())) {
      results++;
      sum += n;
    }
    System.out.printf("%d squares, sum %d%n", results, sum);
  }
}
