// producer_consumer.cpp: producers send, the channel is closed, and consumers range over it.
#include <goconc/goconc.hpp>

#include <cstdio>
#include <string>

static void produce(int id, goconc::chan<std::string> items) {
  for (int i = 1; i <= 3; i++) {
    items.send("item " + std::to_string(id) + "." + std::to_string(i));
  }
}

static void consume(int id, goconc::chan<std::string> items) {
  for (const std::string& item : items) {
    std::printf("consumer %d: %s\n", id, item.c_str());
  }
}

int main() {
  goconc::chan<std::string> items(2);

  goconc::wait_group consumers;
  for (int id = 1; id <= 3; id++) consumers.go([=] { consume(id, items); });

  goconc::wait_group producers;
  for (int id = 1; id <= 2; id++) producers.go([=] { produce(id, items); });

  producers.wait();
  items.close();  // only now: nobody sends any more
  consumers.wait();
}
