// Opens libgoconc.so, uses it, closes it with goroutines alive, again and again, on two threads. Ends as
// its second argument says; the status is the number of the first check that failed, or 0.
#include <dlfcn.h>
#include <goconc/goconc.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>

namespace {

const char* g_library;

void check(bool right, int number) {
  if (!right) _exit(number);
}

// What this program uses of an open library.
class Library {
 public:
  Library() : handle_(dlopen(g_library, RTLD_NOW | RTLD_LOCAL)) { check(handle_ != nullptr, 1); }
  ~Library() { check(dlclose(handle_) == 0, 2); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  template <class Function>
  Function* get(Function*, const char* name) const {
    void* symbol = dlsym(handle_, name);
    check(symbol != nullptr, 3);
    return reinterpret_cast<Function*>(symbol);
  }

 private:
  void* handle_;
};

#define GET(library, name) (library).get(&(name), #name)

std::atomic<int64_t> g_turns{0};
std::atomic<bool> g_stop{false};
decltype(&goc_yield) g_yield;

// Calls the library even while it is closed.
void turn(void*) {
  while (!g_stop) {
    ++g_turns;
    g_yield();
  }
}

void until_more_turns() {
  const int64_t before = g_turns;
  while (g_turns < before + 100) std::this_thread::yield();
}

struct Question {
  goc_chan* chan;
  decltype(&goc_chan_send) send;
};

void answer(void* q) {
  const auto* question = static_cast<const Question*>(q);
  const int64_t value = 42;
  check(question->send(question->chan, &value, GOC_FOREVER) == GOC_OK, 5);
}

// A goroutine sends a value.
void use(const Library& library) {
  goc_chan* chan = nullptr;
  check(GET(library, goc_chan_new)(&chan, sizeof(int64_t), 0) == GOC_OK, 4);
  Question question{chan, GET(library, goc_chan_send)};
  check(GET(library, goc_go)(&answer, &question) == GOC_OK, 6);
  int64_t value = 0;
  const int64_t deadline = GET(library, goc_deadline)(20 * GOC_SECOND);
  check(GET(library, goc_chan_recv)(chan, &value, deadline) == GOC_OK && value == 42, 7);
  GET(library, goc_chan_release)(chan);
}

void open_use_close_on_two_threads() {
  auto cycles = [] {
    for (int i = 0; i < 50; ++i) use(Library());
  };
  std::thread other(cycles);
  cycles();
  other.join();
}

}  // namespace

int main(int, char** argv) {
  alarm(60);
  g_library = argv[1];
  const std::string end = argv[2];
  {
    Library library;
    g_yield = GET(library, goc_yield);
    for (int i = 0; i < 3; ++i) check(GET(library, goc_go)(&turn, nullptr) == GOC_OK, 8);
    use(library);
  }
  until_more_turns();  // closed
  open_use_close_on_two_threads();
  until_more_turns();
  {
    Library again;
    check(GET(again, goc_num_goroutines)() >= 3, 9);
    use(again);
    if (end == "exit-open") std::exit(0);
    if (end == "shutdown") {
      g_stop = true;
      check(GET(again, goc_shutdown)(GET(again, goc_deadline)(20 * GOC_SECOND)) == 0, 10);
    }
  }
  if (end == "shutdown") open_use_close_on_two_threads();
  std::exit(0);
}
