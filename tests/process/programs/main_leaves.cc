// Leaves its main thread while goroutines run; one of them then ends the process.
#include <goconc/goconc.h>
#include <pthread.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

bool main_thread_is_gone() {
  char line[256] = "";
  FILE* stat = std::fopen("/proc/self/stat", "re");
  if (stat == nullptr) return false;
  const bool read = std::fgets(line, sizeof line, stat) != nullptr;
  std::fclose(stat);
  const char* state = read ? std::strrchr(line, ')') : nullptr;
  return state != nullptr && state[2] == 'Z';
}

void outlive_main(void*) {
  while (!main_thread_is_gone()) goc_sleep(GOC_MILLISECOND);
  const bool works = goc_run([](void*) { goc_yield(); }, nullptr) == GOC_OK;
  std::exit(works ? 17 : 1);
}

}  // namespace

int main() {
  alarm(20);
  goc_go(&outlive_main, nullptr);
  pthread_exit(nullptr);
}
