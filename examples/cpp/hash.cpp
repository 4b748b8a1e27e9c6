// hash.cpp: prints the SHA-256 of every file in a directory tree, computed by a pool of goroutines.
//
//   walk --files--> hash (N goroutines) --results--> print
#include <goconc/goconc.hpp>

#include <exception>
#include <string>

#include "hash/options.h"
#include "hash/report.h"
#include "hash/sha256.h"
#include "hash/walk.h"

// Reading a file blocks the thread, and OpenSSL keeps state in thread-locals. So the whole of it
// runs outside the goroutine, which waits, and its worker goes on with others.
static result hash(const std::string& path) {
  result hashed{path, {}, {}};
  const auto run = [](void* arg) {
    result& r = *static_cast<result*>(arg);
    try {
      r.sum = sha256(r.path);
    } catch (const std::exception& error) {
      r.error = error.what();
    }
  };
  goc_blocking(run, &hashed);
  return hashed;
}

int main(int argc, char** argv) {
  const options opts = parse_options(argc, argv);
  goconc::chan<std::string> files(256);
  goconc::chan<result> results(256);

  goconc::wait_group senders;
  senders.go([&] {
    const auto send_file = [&](const auto& path) { files.send(path); };
    const auto send_error = [&](const auto& path, const auto& error) {
      results.send({path, {}, error.message()});
    };
    for (const std::string& root : opts.roots) walk(root, send_file, send_error);
    files.close();
  });
  for (int i = 0; i < opts.workers; i++) {
    senders.go([&] {
      for (const std::string& path : files) results.send(hash(path));
    });
  }

  report report;
  goconc::wait_group printer;
  printer.go([&] {
    for (const result& r : results) report.add(r);
  });
  senders.wait();
  results.close();
  printer.wait();
  return report.finish() ? 0 : 1;
}
