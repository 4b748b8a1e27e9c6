// Intrusive lists of nodes that carry their own `link` (and `back`, for a Deque): pushing never
// allocates, so it cannot fail.
//
// Not thread-safe; whoever owns the list guards it.
#pragma once

#include <cstddef>

namespace goc {

template <class T>
class Fifo {
 public:
  bool empty() const { return head_ == nullptr; }
  size_t size() const { return size_; }
  T* front() const { return head_; }

  void push(T* node) {
    node->link = nullptr;
    (head_ != nullptr ? tail_->link : head_) = node;
    tail_ = node;
    ++size_;
  }

  T* pop() {
    T* node = head_;
    if (node == nullptr) return nullptr;
    head_ = node->link;
    --size_;
    return node;
  }

  // Appends all of other, which is empty afterwards.
  void splice(Fifo& other) {
    if (other.empty()) return;
    (head_ != nullptr ? tail_->link : head_) = other.head_;
    tail_ = other.tail_;
    size_ += other.size_;
    other = Fifo();
  }

 private:
  friend struct DebugLayout;
  T* head_ = nullptr;
  T* tail_ = nullptr;  // undefined if there is none
  size_t size_ = 0;
};

// First in, first out, or last in, first out, as whoever pops wants it.
template <class T>
class Deque {
 public:
  bool empty() const { return newest_ == nullptr; }
  size_t size() const { return size_; }

  void push(T* node) {
    node->link = nullptr;
    node->back = newest_;
    (newest_ != nullptr ? newest_->link : oldest_) = node;
    newest_ = node;
    ++size_;
  }

  T* pop_newest() {
    T* node = newest_;
    if (node == nullptr) return nullptr;
    newest_ = node->back;
    (newest_ != nullptr ? newest_->link : oldest_) = nullptr;
    --size_;
    return node;
  }

  T* pop_oldest() {
    T* node = oldest_;
    if (node == nullptr) return nullptr;
    oldest_ = node->link;
    (oldest_ != nullptr ? oldest_->back : newest_) = nullptr;
    --size_;
    return node;
  }

 private:
  T* oldest_ = nullptr;
  T* newest_ = nullptr;
  size_t size_ = 0;
};

}  // namespace goc
