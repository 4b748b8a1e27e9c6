// A program that knows nothing of traces: GOCONC_TRACE makes one. Its argument says how it ends, or that
// it forks before.
#include <goconc/goconc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace {

void work(void*) {
  for (int i = 0; i < 10; ++i) goc_yield();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string how = argc > 1 ? argv[1] : "";
  if (goc_run(&work, nullptr) != GOC_OK) return 1;
  if (how == "forks") {
    const pid_t child = fork();
    if (child == 0) return goc_run(&work, nullptr) == GOC_OK ? 0 : 1;
    int status = 0;
    if (waitpid(child, &status, 0) != child || status != 0) return 1;
  }
  if (how == "exits") goc_run([](void*) { std::exit(0); }, nullptr);
  if (how == "shuts down" && goc_shutdown(GOC_FOREVER) != 0) return 1;
  return 0;
}
