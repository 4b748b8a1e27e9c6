// report() and fatal(): see fatal.h.
#include "base/fatal.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace goc {
namespace {

class Line {
 public:
  void add(std::string_view s) {
    for (char c : s)
      if (size_ < sizeof buffer_ - 1) buffer_[size_++] = c;
  }

  void add(uint64_t n) {
    char digits[20];
    size_t count = 0;
    do digits[count++] = static_cast<char>('0' + n % 10);
    while ((n /= 10) != 0);
    while (count > 0) add(std::string_view(&digits[--count], 1));
  }

  void add(std::initializer_list<Piece> pieces) {
    for (const Piece& piece : pieces) piece.numeric ? add(piece.number) : add(piece.text);
  }

  void write() {
    buffer_[size_++] = '\n';
    const char* at = buffer_;
    while (size_ > 0) {
      ssize_t written = ::write(STDERR_FILENO, at, size_);
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return;
      at += written;
      size_ -= static_cast<size_t>(written);
    }
  }

 private:
  char buffer_[512];
  size_t size_ = 0;
};

}  // namespace

void print(std::initializer_list<Piece> pieces) {
  Line line;
  line.add(pieces);
  line.write();
}

void report(std::initializer_list<Piece> pieces) {
  Line line;
  line.add("goconc: ");
  line.add(pieces);
  line.write();
}

constinit Atom<void (*)()> before_death{nullptr};

void last_words() {
  if (void (*say)() = before_death.load(std::memory_order_relaxed)) say();
}

void fatal(std::initializer_list<Piece> pieces) {
  report(pieces);
  last_words();
  std::abort();
}

}  // namespace goc
