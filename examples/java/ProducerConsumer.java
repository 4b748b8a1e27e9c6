// ProducerConsumer.java: producers send, the channel is closed, and consumers loop over it.
import org.goconc.Channel;
import org.goconc.Receiver;
import org.goconc.Sender;
import org.goconc.WaitGroup;

class ProducerConsumer {
  static void produce(int id, Sender<String> items) throws InterruptedException {
    for (int i = 1; i <= 3; i++) items.send("item " + id + "." + i);
  }

  static void consume(int id, Receiver<String> items) {
    for (String item : items) System.out.printf("consumer %d: %s%n", id, item);
  }

  public static void main(String[] arguments) throws InterruptedException {
    Channel<String> items = Channel.buffered(2);

    WaitGroup consumers = new WaitGroup();
    for (int i = 1; i <= 3; i++) {
      int id = i;
      consumers.go(() -> consume(id, items));
    }
    WaitGroup producers = new WaitGroup();
    for (int i = 1; i <= 2; i++) {
      int id = i;
      producers.go(() -> produce(id, items));
    }

    producers.await();
    items.close(); // only now: nobody sends any more
    consumers.await();
  }
}
