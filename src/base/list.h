// An intrusive FIFO of nodes that carry their own `link`: pushing never allocates.
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
    (tail_ != nullptr ? tail_->link : head_) = node;
    tail_ = node;
    ++size_;
  }

  T* pop() {
    T* node = head_;
    if (node == nullptr) return nullptr;
    head_ = node->link;
    if (head_ == nullptr) tail_ = nullptr;
    --size_;
    return node;
  }

  // Appends all of other, which is empty afterwards.
  void splice(Fifo& other) {
    if (other.empty()) return;
    (tail_ != nullptr ? tail_->link : head_) = other.head_;
    tail_ = other.tail_;
    size_ += other.size_;
    other = Fifo();
  }

 private:
  T* head_ = nullptr;
  T* tail_ = nullptr;
  size_t size_ = 0;
};

}  // namespace goc
