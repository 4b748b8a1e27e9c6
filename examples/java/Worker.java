// Worker.java: five workers run at the same time, and a WaitGroup waits for all of them.
import org.goconc.WaitGroup;

class Worker {
  static void work(int id) throws InterruptedException {
    System.out.printf("Worker : %d -> Starting%n", id);
    Thread.sleep(1000);
    System.out.printf("Worker : %d -> Done%n", id);
  }

  public static void main(String[] arguments) throws InterruptedException {
    WaitGroup group = new WaitGroup();
    for (int i = 1; i <= 5; i++) {
      int id = i;
      group.go(() -> work(id));
    }
    group.await();
  }
}
