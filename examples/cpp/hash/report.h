// report.h: writes sums to standard output, and errors, progress and totals to standard error.
#pragma once

#include <unistd.h>

#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <string>

#include "sha256.h"

struct result {
  std::string path;
  file_sum sum;
  std::string error;  // empty: there is none
};

// As sha256sum writes names: one line each, whatever they contain.
inline std::string escaped(const std::string& path) {
  static const std::string special = "\\\n\r", letters = "\\nr";
  std::string line;
  for (const char c : path) {
    const std::size_t i = special.find(c);
    if (i == std::string::npos) {
      line += c;
    } else {
      line += {'\\', letters[i]};
    }
  }
  return line;
}

class report {
 public:
  void add(const result& r) {
    const std::string name = escaped(r.path);
    if (r.error.empty()) {
      files_++;
      bytes_ += r.sum.bytes;
      std::printf("%s%s  %s\n", name == r.path ? "" : "\\", r.sum.hex.c_str(), name.c_str());
    } else {
      errors_++;
      std::fprintf(stderr, "%shash: %s: %s\n", clear_, name.c_str(), r.error.c_str());
    }
    if (show_progress_) progress();
  }

  // Returns whether everything went well.
  bool finish() {
    const bool written = std::fflush(stdout) == 0 && !std::ferror(stdout);
    if (!written) std::fprintf(stderr, "%shash: cannot write to standard output\n", clear_);
    const std::chrono::duration<double> seconds = clock::now() - start_;
    std::fprintf(stderr, "%s%" PRIu64 " files, %" PRIu64 " bytes, %" PRIu64 " errors, %.2f s\n",
                 clear_, files_, bytes_, errors_, seconds.count());
    return written && errors_ == 0;
  }

 private:
  using clock = std::chrono::steady_clock;

  void progress() {
    if (clock::now() < next_progress_) return;
    next_progress_ = clock::now() + std::chrono::milliseconds(100);
    std::fprintf(stderr, "%s%" PRIu64 " files, %" PRIu64 " MB", clear_, files_, bytes_ / 1000000);
  }

  // Where the sums themselves appear on the terminal they are progress enough.
  const bool show_progress_ = isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO);
  const char* const clear_ = show_progress_ ? "\r\033[K" : "";  // takes the progress line away
  const clock::time_point start_ = clock::now();
  clock::time_point next_progress_ = start_;
  std::uint64_t files_ = 0, bytes_ = 0, errors_ = 0;
};
