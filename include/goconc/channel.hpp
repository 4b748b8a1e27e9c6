// goconc/channel.hpp: channels of C++ values.
//
// Part of goconc.hpp, which says what holds for all of it.
//
// SPDX-License-Identifier: Apache-2.0
#ifndef GOCONC_CHANNEL_HPP
#define GOCONC_CHANNEL_HPP

#include <goconc/channel.h>
#include <goconc/detail.hpp>
#include <goconc/error.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <new>
#include <optional>
#include <utility>

namespace goconc {

namespace detail {

using chan_handle = handle<goc_chan, goc_chan_retain, goc_chan_release>;

/// Raw memory for one value that a receive fills.
template <class T>
class slot {
 public:
  void *memory() noexcept { return bytes_; }
  /// The value, which ends the life of the one here; nothing if there is none.
  std::optional<T> take(bool filled) {
    std::optional<T> result;
    if (!filled) return result;
    T *value = std::launder(reinterpret_cast<T *>(bytes_));
    result.emplace(std::move(*value));
    value->~T();
    return result;
  }

 private:
  alignas(T) unsigned char bytes_[sizeof(T)];
};

/// A value that a send may take away: destroyed here unless it was sent.
template <class T>
class parcel {
 public:
  template <class U>
  explicit parcel(U &&value) {
    ::new (static_cast<void *>(bytes_)) T(std::forward<U>(value));
  }
  parcel(const parcel &) = delete;
  parcel &operator=(const parcel &) = delete;
  ~parcel() {
    if (!sent_) value()->~T();
  }
  T *value() noexcept { return std::launder(reinterpret_cast<T *>(bytes_)); }
  void sent() noexcept { sent_ = true; }

 private:
  alignas(T) unsigned char bytes_[sizeof(T)];
  bool sent_ = false;
};

}  // namespace detail

// --- Channels -----------------------------------------------------------------------------------

/// A channel of T, which may be move-only; its moves must not throw. Copies refer to the same channel.
template <class T>
class chan {
  static_assert(std::is_nothrow_move_constructible_v<T>, "values move under the channel's lock");
  static_assert(alignof(T) <= alignof(std::max_align_t), "over-aligned values are not supported");

 public:
  using value_type = T;

  /// @param capacity number of buffered values; 0 is a rendezvous. @throws error without memory.
  explicit chan(std::size_t capacity = 0) {
    goc_chan_options options = GOC_CHAN_OPTIONS_INIT;
    options.elem_size = sizeof(T);
    options.capacity = capacity;
    if constexpr (!std::is_trivially_copyable_v<T>) {
      options.relocate = [](void *dst, void *src) {
        T *from = static_cast<T *>(src);
        ::new (dst) T(std::move(*from));
        from->~T();
      };
      options.drop = [](void *value) { static_cast<T *>(value)->~T(); };
    }
    goc_chan *channel = nullptr;
    detail::check(goc_chan_new_with(&channel, &options));
    handle_ = detail::chan_handle(channel);
  }

  /// Sends a value and waits for a receiver or a free slot. @throws closed_error.
  void send(T value) const { detail::check(offer(std::move(value), GOC_FOREVER)); }
  /// Sends if that needs no waiting. @return false if it does. @throws closed_error.
  bool try_send(T value) const { return detail::in_time(offer(std::move(value), GOC_NOW)); }
  /// Sends within the time given. @return false if it has passed. @throws closed_error.
  template <class Rep, class Period>
  bool send_for(T value, std::chrono::duration<Rep, Period> time) const {
    return detail::in_time(offer(std::move(value), detail::deadline_after(time)));
  }

  /// Receives a value; nothing once the channel is closed and drained.
  std::optional<T> recv() const { return take(GOC_FOREVER); }
  /// Receives if a value is there; nothing otherwise.
  std::optional<T> try_recv() const { return take(GOC_NOW); }
  /// Receives within the time given; nothing if it has passed, or the channel is closed and drained.
  template <class Rep, class Period>
  std::optional<T> recv_for(std::chrono::duration<Rep, Period> time) const {
    return take(detail::deadline_after(time));
  }

  /// Says that no value will follow. @throws closed_error if it is closed already.
  void close() const { detail::check(goc_chan_close(handle_.get())); }
  bool is_closed() const noexcept { return goc_chan_is_closed(handle_.get()) != 0; }
  std::size_t len() const noexcept { return goc_chan_len(handle_.get()); }
  std::size_t cap() const noexcept { return goc_chan_cap(handle_.get()); }

  /// Receives one value after the other until the channel is closed: `for (auto &v : ch)`.
  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = T *;
    using reference = T &;

    iterator() noexcept = default;
    explicit iterator(const chan *from) : from_(from) { ++*this; }
    T &operator*() { return *value_; }
    T *operator->() { return &*value_; }
    iterator &operator++() {
      value_.reset();
      if (auto next = from_->recv())
        value_.emplace(std::move(*next));
      else
        from_ = nullptr;
      return *this;
    }
    bool operator==(const iterator &other) const noexcept { return from_ == other.from_; }
    bool operator!=(const iterator &other) const noexcept { return from_ != other.from_; }

   private:
    const chan *from_ = nullptr;
    std::optional<T> value_;
  };
  iterator begin() const { return iterator(this); }
  iterator end() const noexcept { return {}; }

  /// The channel of the C interface, borrowed: it lives as long as a chan refers to it.
  goc_chan *native() const noexcept { return handle_.get(); }
  friend bool operator==(const chan &a, const chan &b) noexcept { return a.native() == b.native(); }
  friend bool operator!=(const chan &a, const chan &b) noexcept { return !(a == b); }

 private:
  friend class context;
  friend class timer;
  friend class ticker;
  explicit chan(detail::chan_handle handle) noexcept : handle_(std::move(handle)) {}

  int offer(T value, std::int64_t deadline) const {
    detail::parcel<T> parcel(std::move(value));
    const int result = goc_chan_send(handle_.get(), parcel.value(), deadline);
    if (result == GOC_OK) parcel.sent();
    return result;
  }
  std::optional<T> take(std::int64_t deadline) const {
    detail::slot<T> slot;
    const int result = goc_chan_recv(handle_.get(), slot.memory(), deadline);
    if (result == GOC_OK) return slot.take(true);
    if (result == GOC_ECLOSED || result == GOC_EAGAIN || result == GOC_ETIMEDOUT) return {};
    throw error(result);
  }

  detail::chan_handle handle_;
};

}  // namespace goconc

#endif
