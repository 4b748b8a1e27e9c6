// Polyglot.java: goroutines in C and Java exchange bytes; closing and giving up cross the border.
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.goconc.BytesChannel;
import org.goconc.ChannelClosedException;

class Polyglot {
  /** The goroutines of polyglot.c, which take the handle of a channel. */
  static native int startProducer(long lines);

  static native int startConsumer(long lines);

  static void say(String text) {
    System.out.println("host: " + text);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** C produces. The channel holds two lines: then the producer waits. */
  static void receive() throws InterruptedException {
    BytesChannel lines = BytesChannel.buffered(2);
    startProducer(lines.handle());
    for (int i = 0; i < 3; i++) say(new String(lines.receive(), StandardCharsets.UTF_8));
    lines.close(); // ends the producer
    int left = 0;
    for (byte[] line : lines) left++;
    say("at most 2 lines were left: " + (left <= 2));
  }

  /** C consumes, and closes when it has had enough. */
  static void send() throws InterruptedException {
    BytesChannel lines = BytesChannel.unbuffered();
    startConsumer(lines.handle());
    try {
      for (; ; ) {
        for (String line : new String[] {"one from the host", "two from the host", ""})
          lines.send(bytes(line));
      }
    } catch (ChannelClosedException e) {
      say("the channel is closed");
    }
  }

  /** Nobody is there: the wait is given up, and nothing of it is left in the channel. */
  static void giveUp() throws InterruptedException {
    BytesChannel lines = BytesChannel.unbuffered();
    if (lines.receive(Duration.ofMillis(10)).isEmpty()) say("nothing came");
    if (!lines.send(bytes("three from the host"), Duration.ofMillis(10))) say("nobody took it");
  }

  public static void main(String[] arguments) throws InterruptedException {
    System.loadLibrary("polyglot_jni");
    receive();
    send();
    giveUp();
  }
}
