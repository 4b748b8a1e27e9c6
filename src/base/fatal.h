// Ending the process with one line on standard error: for broken invariants and for the fatal
// errors that runtime.h promises. Async-signal-safe: formats into a buffer on the stack.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "base/atomic.h"

namespace goc {

// A piece of a message: text or a number.
struct Piece {
  Piece(const char* s) : text(s) {}                // NOLINT: implicit on purpose
  Piece(std::string_view s) : text(s) {}           // NOLINT
  Piece(uint64_t n) : number(n), numeric(true) {}  // NOLINT
  std::string_view text;
  uint64_t number = 0;
  bool numeric = false;
};

// Writes "goconc: ", the pieces, and a newline to standard error.
void report(std::initializer_list<Piece> pieces);

// The same without "goconc: ".
void print(std::initializer_list<Piece> pieces);

// What higher rooms still have to say when the process is about to end; null: nothing. It may be called
// under any lock, and by a signal handler.
extern Atom<void (*)()> before_death;
void last_words();

// report(), last_words(), then abort().
[[noreturn]] void fatal(std::initializer_list<Piece> pieces);

// An invariant of the runtime that is checked in every build.
#define GOC_CHECK(condition) \
  (__builtin_expect(!!(condition), 1) ? (void)0 : ::goc::fatal({"broken invariant: ", #condition}))

}  // namespace goc
