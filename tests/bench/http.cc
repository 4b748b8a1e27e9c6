// http.cc: rows about descriptors: a server that answers the same bytes to every request, driven by wrk,
// with and without many connections beside that say nothing.
// Its twin is in go/http.go.
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <string>

#include "bench.h"

namespace {

constexpr char kAnswer[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 14\r\n\r\nHello, World!\n";
constexpr size_t kAnswerSize = sizeof kAnswer - 1;
constexpr char kEnd[] = "\r\n\r\n";

std::atomic<int64_t> g_accepted{0};
std::atomic<int64_t> g_served{0};

// What is after the first request in the data, or null if it is not whole.
const char* after_request(const char* data, size_t len) {
  const auto* end = static_cast<const char*>(memmem(data, len, kEnd, 4));
  return end != nullptr ? end + 4 : nullptr;
}

void serve(void* arg) {
  const auto fd = static_cast<int>(reinterpret_cast<intptr_t>(arg));
  char data[4096];
  size_t filled = 0;
  int64_t served = 0;
  for (int64_t got; (got = goc_read(fd, data + filled, sizeof data - filled, GOC_FOREVER)) > 0;) {
    filled += static_cast<size_t>(got);
    while (const char* rest = after_request(data, filled)) {
      filled -= static_cast<size_t>(rest - data);
      memmove(data, rest, filled);
      if (goc_write(fd, kAnswer, kAnswerSize, GOC_FOREVER) != kAnswerSize) break;
      ++served;
    }
  }
  g_served += served;
  goc_fd_close(fd);
}

void accept_all(void* arg) {
  const int listener = *static_cast<const int*>(arg);
  for (int fd; (fd = goc_accept(listener, nullptr, nullptr, GOC_FOREVER)) >= 0; ++g_accepted)
    must(goc_go(serve, reinterpret_cast<void*>(static_cast<intptr_t>(fd))));
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

// A socket that listens on the loopback, and its port.
int listen_on(int& port) {
  sockaddr_in address = loopback(0);
  socklen_t len = sizeof address;
  auto* at = reinterpret_cast<sockaddr*>(&address);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  expect(bind(fd, at, len) == 0 && listen(fd, 1024) == 0 && getsockname(fd, at, &len) == 0,
         "cannot listen");
  port = ntohs(address.sin_port);
  return fd;
}

// Connections that say nothing. Their other ends are a process of its own: few systems allow one process
// both ends of so many.
class Idle {
 public:
  Idle(int port, int64_t count) {
    expect(pipe(pipe_) == 0 && (child_ = fork()) >= 0, "cannot start a process");
    if (child_ == 0) hold(port, count);
    close(pipe_[0]);
    while (g_accepted < count) goc_sleep(GOC_MILLISECOND);
  }
  ~Idle() {
    close(pipe_[1]);
    int status = 0;
    expect(waitpid(child_, &status, 0) == child_ && status == 0, "connections have failed");
  }

 private:
  // Until the pipe is closed.
  [[noreturn]] void hold(int port, int64_t count) {
    close(pipe_[1]);
    const sockaddr_in address = loopback(port);
    for (; count > 0; --count) {
      const int fd = socket(AF_INET, SOCK_STREAM, 0);
      if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) _exit(1);
    }
    char end;
    _exit(read(pipe_[0], &end, 1) == 0 ? 0 : 1);
  }

  int pipe_[2];
  pid_t child_ = -1;
};

void allow_many_descriptors() {
  rlimit limit;
  expect(getrlimit(RLIMIT_NOFILE, &limit) == 0, "no limit of descriptors");
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Runs wrk, which keeps the thread.
struct Wrk {
  std::string command, output;
  static void run(void* arg) {
    auto& self = *static_cast<Wrk*>(arg);
    FILE* wrk = popen(self.command.c_str(), "r");
    expect(wrk != nullptr, "wrk does not start");
    char line[256];
    while (fgets(line, sizeof line, wrk) != nullptr) self.output += line;
    expect(pclose(wrk) == 0, "wrk has failed (Debian: wrk)");
  }
};

// The requests that wrk made of the server on this port, and the time in microseconds for each.
void drive(int port, double scale, long long& requests, double& microseconds) {
  Wrk wrk;
  wrk.command = "wrk -t 1 -c 64 -d " + std::to_string(scaled(5, scale)) +
                " http://127.0.0.1:" + std::to_string(port) + "/";
  must(goc_blocking(Wrk::run, &wrk));
  double seconds = 0;
  const size_t line = wrk.output.find(" requests in ");
  expect(line != std::string::npos && wrk.output.find("Socket errors") == std::string::npos &&
             wrk.output.find("Non-2xx") == std::string::npos,
         wrk.output.c_str());
  const size_t begin = wrk.output.rfind('\n', line) + 1;
  expect(sscanf(wrk.output.c_str() + begin, "%lld requests in %lfs", &requests, &seconds) == 2,
         "wrk says something else");
  microseconds = seconds * 1e6 / static_cast<double>(requests);
}

void bench_with_idle(const char* name, double scale, int64_t idle) {
  allow_many_descriptors();
  int port = 0;
  int listener = listen_on(port);
  go(accept_all, listener);
  long long requests = 0;
  double microseconds = 0;
  {
    const Idle others(port, idle);
    drive(port, scale, requests, microseconds);
  }
  must(goc_fd_close(listener));
  while (g_served.load() < requests) goc_sleep(GOC_MILLISECOND);  // its connections end
  report(name, "us", microseconds);
}

}  // namespace

void bench_http(double scale) { bench_with_idle("http", scale, 0); }
void bench_http_idle(double scale) { bench_with_idle("http-idle", scale, 10000); }
