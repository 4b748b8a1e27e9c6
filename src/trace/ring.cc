// Ring: see ring.h.
#include "trace/ring.h"

#include <algorithm>
#include <new>

#include "base/barrier.h"

namespace goc::trace {

constinit Atom<uint32_t> g_session{0};

Ring* Ring::make(uint32_t owner, size_t bytes) {
  void* memory = os::map(sizeof(Ring) + bytes);
  if (memory == nullptr) return nullptr;
  os::populate(memory, sizeof(Ring) + bytes);  // not by faults while events come
  return new (memory) Ring(owner, bytes);
}

void Ring::destroy(Ring* ring) { os::unmap(ring, sizeof(Ring) + ring->bytes()); }

void Ring::begin(uint32_t session) {
  begin_ = end();
  put_off_.store(0, std::memory_order_relaxed);
  session_.store(session, std::memory_order_relaxed);
  step_ = 1;
  stamp_next();
}

uint64_t Ring::tell_put_off(uint64_t at) {
  const Word ready = Word::of_turn(Kind::kReady, put_off());
  put_off_.store(0, std::memory_order_relaxed);
  append(at, ready);
  return at + 1;
}

// The words since the last stamp have shown how quickly they come.
void Ring::put_with_stamp(Word word, uint64_t now) {
  const uint64_t at = put_off() != 0 ? tell_put_off(end()) : end();
  const bool quick = now - stamped_ <= (at - stamped_at_) * ticks_of_a_switch();
  step_ = quick ? std::min(2 * step_, kLongestStep) : 1;
  append(at, Word::stamp(now));
  stamped_ = now;
  stamped_at_ = at + 1;
  append(at + 1, word);
  stamp_at_.store(at + 1 + step_, std::memory_order_relaxed);  // P1
  light_barrier();
  if (g_session.load(std::memory_order_relaxed) != session()) stamp_next();  // P2
}

Stream Ring::read() const {
  const uint64_t size = mask_ + 1;
  const auto oldest_before = [&](uint64_t end) { return end > size ? end - size : 0; };
  const uint64_t end = end_.load(std::memory_order_acquire);  // R1
  const uint64_t from = std::max(begin_, oldest_before(end));
  Stream stream{owner, false, {}};
  stream.words.reserve(end - from + 1);
  for (uint64_t at = from; at < end; ++at)
    stream.words.emplace_back(slot(at).load(std::memory_order_acquire));
  const uint64_t put_off = put_off_.load(std::memory_order_acquire);
  const uint64_t end_now = end_.load(std::memory_order_acquire);  // R2
  const uint64_t overtaken = oldest_before(end_now + 1);
  const uint64_t whole = std::max(from, overtaken);
  stream.lost = whole > begin_;
  const auto first = stream.words.begin();
  stream.words.erase(first, first + static_cast<ptrdiff_t>(std::min(whole, end) - from));
  if (put_off != 0 && end_now == end) stream.words.push_back(Word::of_turn(Kind::kReady, put_off));
  return stream;
}

void Ring::give_memory_back() {
  const auto first = (reinterpret_cast<uintptr_t>(this + 1) + os::kPage - 1) & ~(os::kPage - 1);
  const auto last = (reinterpret_cast<uintptr_t>(this + 1) + bytes()) & ~(os::kPage - 1);
  if (first < last) os::give_back(reinterpret_cast<void*>(first), last - first);
}

}  // namespace goc::trace
