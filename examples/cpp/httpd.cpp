// httpd.cpp: an HTTP/1.1 server for the files of a directory, with a goroutine for each connection.
//
//   SIGINT, SIGTERM or enough requests ──close──> listener ──goroutines──> request_reader, answer
#include <goconc/goconc.hpp>
#include <signal.h>
#include <sys/signalfd.h>

#include <atomic>
#include <cstdio>
#include <exception>

#include "httpd/answer.h"
#include "httpd/files.h"
#include "httpd/options.h"
#include "httpd/request.h"

static void serve(const goconc::descriptor& client, const options& opts, std::atomic<long>& left) {
  request_reader requests(client);
  request wanted;
  try {
    while (requests.next(wanted)) {
      const bool last = left.fetch_sub(1) <= 1;
      const auto path = path_of(wanted.url);
      const auto file = path ? locate(opts.root, *path) : std::nullopt;
      answer answer(client, wanted.keep_alive && !last, wanted.method != HTTP_HEAD);
      if (wanted.method != HTTP_GET && wanted.method != HTTP_HEAD) {
        answer.error("405 Method Not Allowed");
      } else if (!path) {
        answer.error("400 Bad Request");
      } else if (!file || !answer.file(*file, type_of(*file))) {
        answer.error("404 Not Found");
      }
      if (last) kill(getpid(), SIGTERM);
      if (!answer.keep_alive()) return;
    }
  } catch (const bad_request&) {
    answer(client, false, true).error("400 Bad Request");
  }
}

int main(int argc, char** argv) {
  const options opts = parse_options(argc, argv);
  // Before there are other threads, which would take the signals.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  sigprocmask(SIG_BLOCK, &ends, nullptr);

  goconc::descriptor listener = listen_on(opts.port);
  std::atomic<long> left{opts.requests};
  goconc::wait_group connections;
  goconc::go([&, signals = goconc::descriptor(signalfd(-1, &ends, SFD_CLOEXEC))] {
    signals.wait(GOC_READ);
    listener.close();
  });
  try {
    for (;;) {
      connections.go([client = listener.accept(), &opts, &left] {
        try {
          serve(client, opts, left);
        } catch (const goconc::error&) {  // the other side has gone
        }
      });
    }
  } catch (const goconc::error& error) {
    if (listener) std::fprintf(stderr, "httpd: %s\n", error.what());
  }
  connections.wait_for(std::chrono::seconds(1));  // those that are at work
  std::printf("served %ld requests\n", opts.requests - left.load());
}
