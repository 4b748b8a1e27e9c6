// sha256.h: the SHA-256 of one file, and how sha256sum writes it. Knows nothing of goroutines.
#pragma once

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>

struct file_sum {
  std::string hex;
  std::uint64_t bytes = 0;
};

inline void must_digest(int ok) {
  if (ok != 1) throw std::runtime_error("SHA-256 is not available");
}

class input_file {
 public:
  explicit input_file(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category());
  }
  ~input_file() { close(fd_); }
  input_file(const input_file&) = delete;
  input_file& operator=(const input_file&) = delete;

  // Returns the number of bytes read, 0 at the end of the file.
  std::size_t read(unsigned char* to, std::size_t size) {
    ssize_t n;
    do n = ::read(fd_, to, size);
    while (n < 0 && errno == EINTR);
    if (n < 0) throw std::system_error(errno, std::generic_category());
    return static_cast<std::size_t>(n);
  }

 private:
  int fd_;
};

inline std::string to_hex(const unsigned char* bytes, std::size_t size) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  for (std::size_t i = 0; i < size; i++) hex += {digits[bytes[i] >> 4], digits[bytes[i] & 15]};
  return hex;
}

// Throws std::system_error if the file cannot be read.
inline file_sum sha256(const std::string& path) {
  input_file file(path);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> md(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  must_digest(md && EVP_DigestInit_ex(md.get(), EVP_sha256(), nullptr));
  std::array<unsigned char, 32 * 1024> buffer;
  file_sum sum;
  while (const std::size_t n = file.read(buffer.data(), buffer.size())) {
    must_digest(EVP_DigestUpdate(md.get(), buffer.data(), n));
    sum.bytes += n;
  }
  unsigned size = 0;
  must_digest(EVP_DigestFinal_ex(md.get(), buffer.data(), &size));
  sum.hex = to_hex(buffer.data(), size);
  return sum;
}
