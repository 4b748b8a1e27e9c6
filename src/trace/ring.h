// What one thread has recorded: the newest of its events, in words of eight bytes.
//
// A word is an event (what happened, to whom, why); who did it follows from the events before it on
// the same thread. Reading the clock costs as much as a whole switch, so not every event has a time:
// a word of its own, a stamp, stands before the first of several. While events follow each other
// quickly the distance between stamps doubles, up to kLongestStep words; as soon as they do not, each
// has its stamp. The monitor asks for one too, and a worker before it sleeps. What lies between is
// interpolated by the reader: in order, and off by microseconds.
//
// Who is made ready and becomes the worker's `next` most likely follows whoever runs. So that is put off:
// if it does, one word tells all three (kHandOver); else what was put off stands before the next word, or
// before its stamp.
//
// Thread rules: one thread writes; any may read, and is overtaken:
//   W1 store the word           R1 load the end, and then the words before it
//   W2 store the new end        R2 load the end again: what lies a whole ring before it, or less
//                                  than one word after that, may have been overwritten meanwhile
// What is put off is forgotten before the word that tells it is stored, and stored after the end before
// it, so it belongs to what a reader has seen if the end is the same in R1 and R2.
// A new recording becomes known to a ring's owner in the same way as that a stamp is due:
//   B1 store the session           P1 store where the next stamp is due
//   B2 heavy barrier               P2 light barrier; with another session than the ring's, it is due now
//   B3 the stamp is due now
// Memory order: W2 (release) pairs with R1 (acquire), and what is put off (release) with its load
// (acquire). W1 (release) pairs with the loads of words (acquire): whoever sees a word of the next lap
// sees in R2 the end that was stored before it.
#pragma once

#include <cstdint>
#include <vector>

#include "base/atomic.h"
#include "trace/clock.h"

namespace goc::trace {

// Which recording is under way, 1 or more; 0: none.
extern Atom<uint32_t> g_session;

enum class Kind : uint8_t {
  kSwitch,      // the running goroutine parks, for a reason, and this one starts
  kPark,        // parks, for a reason
  kHandOver,    // makes this one ready, parks, for a reason, and this one starts
  kNone,        // memory that has not been written
  kStamp,       // the time of the next word
  kResume,      // was running when its thread's record began
  kStart,       // begins to run, or goes on
  kExit,        // has ended
  kCreate,      // has been made
  kReady,       // has been made ready
  kTimer,       // a timer fires; what follows is its doing
  kPoll,        // descriptors have become ready; what follows is their doing
  kFormer,      // the next event is still the doing of the goroutine that has just parked
  kSteal,       // so many goroutines from a worker
  kStall,       // a worker has been in the same goroutine for long
  kCompensate,  // another worker takes over from it
  kThread,      // of whom the next event is, where several share a ring
};

// Why a goroutine leaves its worker: a WaitReason, or one of the greatest.
using Reason = uint8_t;
constexpr Reason kMostReasons = 64;
constexpr Reason kYields = kMostReasons - 1;       // it is ready at once
constexpr Reason kCallsThread = kMostReasons - 2;  // its function runs on the thread's own stack

// The lowest byte is a reason for kSwitch, kMostReasons more for each of the next two, and above that the
// kind: to make the words of a switch costs least.
class Word {
 public:
  constexpr explicit Word(uint64_t bits) : bits_(bits) {}
  constexpr Word(Kind kind, uint64_t subject, Reason reason = 0)
      : bits_(subject << kCodeBits | code(kind) | reason) {}
  static constexpr Word stamp(uint64_t ticks) { return {Kind::kStamp, ticks}; }
  static constexpr Word steal(uint32_t victim, uint32_t count) {
    return {Kind::kSteal, uint64_t{count} << kVictimBits | victim};
  }

  // A goroutine in its so manyeth turn is a word without its lowest byte: what is kept of both tells
  // goroutines, and turns, apart that are in rings at the same time.
  static constexpr uint64_t first_turn(uint64_t goroutine) {
    return goroutine_of(goroutine) << kCodeBits;
  }
  static constexpr Word of_turn(Kind kind, uint64_t turn, Reason reason = 0) {
    return Word(turn + (code(kind) + reason));
  }

  constexpr uint64_t bits() const { return bits_; }
  constexpr Kind kind() const {
    const uint64_t code = bits_ & kCodeMask;
    return static_cast<Kind>(code < kWithReason ? code / kMostReasons : code - kFirstKind);
  }
  // Of the first three kinds.
  constexpr Reason reason() const { return bits_ & (kMostReasons - 1); }
  // What the kind says.
  constexpr uint64_t subject() const { return bits_ >> kCodeBits; }
  constexpr uint64_t goroutine() const { return goroutine_of(subject()); }
  // Of those which a goroutine is made ready for, and begins.
  constexpr uint32_t turn() const { return static_cast<uint32_t>(subject() >> kIdBits); }
  static constexpr uint64_t goroutine_of(uint64_t id) {
    return id & ((uint64_t{1} << kIdBits) - 1);
  }
  static constexpr int kTurnBits = 22;
  static constexpr uint64_t kOneTurn = uint64_t{1} << (64 - kTurnBits);
  // Of a stamp that was made some time after `since`: the highest bits are not in the word.
  constexpr uint64_t ticks(uint64_t since) const {
    return since + (((subject() - since) << kCodeBits) >> kCodeBits);
  }
  constexpr uint32_t victim() const { return subject() & ((1u << kVictimBits) - 1); }
  constexpr uint32_t count() const { return static_cast<uint32_t>(subject() >> kVictimBits); }

 private:
  static constexpr int kCodeBits = 8;
  static constexpr int kIdBits = 64 - kCodeBits - kTurnBits;
  static constexpr uint64_t kCodeMask = (1u << kCodeBits) - 1;
  static constexpr int kVictimBits = 20;
  static constexpr uint64_t kWithReason = static_cast<uint64_t>(Kind::kNone) * kMostReasons;
  static constexpr uint64_t kFirstKind = kWithReason - static_cast<uint64_t>(Kind::kNone);

  static constexpr uint64_t code(Kind kind) {
    const auto k = static_cast<uint64_t>(kind);
    return kind < Kind::kNone ? k * kMostReasons : k + kFirstKind;
  }

  uint64_t bits_;
};

// A copy of the newest words.
struct Stream {
  uint32_t owner;     // a worker, or kOthers
  bool lost = false;  // older ones have been overwritten
  std::vector<Word> words;
};
constexpr uint32_t kOthers = UINT32_MAX;  // the ring that all threads share that are no workers

class Ring {
 public:
  static constexpr size_t kLeastBytes = 4096;
  static constexpr size_t kMostBytes = size_t{1} << 30;

  // With room for so many bytes of words, a power of two; null without memory.
  static Ring* make(uint32_t owner, size_t bytes);
  static void destroy(Ring* ring);

  // --- The owner ----------------------------------------------------------------------------------
  // False if it must have a stamp, or if another recording has begun.
  bool put(Word word) {
    uint64_t at = end();
    if (!is_quick(at)) [[unlikely]]
      return false;
    if (put_off() != 0) [[unlikely]]
      at = tell_put_off(at);
    append(at, word);
    return true;
  }
  // Puts off that a goroutine is made ready; one at a time.
  bool may_put_off() const { return is_quick(end()) && put_off() == 0; }
  void put_off_ready(uint64_t turn) { put_off_.store(turn, std::memory_order_release); }
  // The running goroutine leaves to this one. False also if it is not the one that was put off.
  bool put_hand_over(uint64_t turn, Reason why) {
    const uint64_t at = end();
    if (put_off() != turn || !is_quick(at)) return false;
    put_off_.store(0, std::memory_order_relaxed);
    append(at, Word::of_turn(Kind::kHandOver, turn, why));
    return true;
  }
  void put_with_stamp(Word word, uint64_t now = ticks());
  // Forgets what there is.
  void begin(uint32_t session);
  uint32_t session() const { return session_.load(std::memory_order_relaxed); }

  // --- Anybody ------------------------------------------------------------------------------------
  // put() gives false.
  void stamp_next() { stamp_at_.store(0, std::memory_order_relaxed); }
  // What has been put since begin(), as far as it is there; the lock that begin() is called under
  // is held. Throws std::bad_alloc.
  Stream read() const;
  uint64_t end() const { return end_.load(std::memory_order_relaxed); }
  uint64_t put_so_far() const { return end() - begin_; }  // since begin(); under that lock too
  size_t bytes() const { return (mask_ + 1) * sizeof(uint64_t); }
  void give_memory_back();

  // Without room for words: put() gives false.
  constexpr explicit Ring(uint32_t owner_of_it, size_t bytes = 0)
      : owner(owner_of_it), mask_(bytes / sizeof(uint64_t) - 1) {}

  const uint32_t owner;
  Ring* next = nullptr;  // in the recorder's list

 private:
  static constexpr uint64_t kLongestStep = 128;

  bool is_quick(uint64_t at) const { return at < stamp_at_.load(std::memory_order_relaxed); }
  uint64_t put_off() const { return put_off_.load(std::memory_order_relaxed); }
  uint64_t tell_put_off(uint64_t at);  // the end after that
  void append(uint64_t at, Word word) {
    slot(at).store(word.bits(), std::memory_order_release);  // W1
    end_.store(at + 1, std::memory_order_release);           // W2
  }
  Atom<uint64_t>& slot(uint64_t at) const {
    const uintptr_t words = reinterpret_cast<uintptr_t>(this) + sizeof(Ring);
    return *reinterpret_cast<Atom<uint64_t>*>(words + (at & mask_) * sizeof(uint64_t));
  }

  alignas(64) Atom<uint64_t> end_{0};  // words ever written
  Atom<uint64_t> stamp_at_{0};         // where the next stamp is due
  Atom<uint64_t> put_off_{0};          // who was made ready, in its turn; 0: nobody
  const uint64_t mask_;
  uint64_t stamped_at_ = 0;  // the word after the last stamp
  uint64_t stamped_ = 0;     // its ticks
  uint64_t step_ = 1;
  uint64_t begin_ = 0;  // under the lock
  Atom<uint32_t> session_{0};
};

}  // namespace goc::trace
