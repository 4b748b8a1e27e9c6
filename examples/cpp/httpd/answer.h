// answer.h: what the server sends back.
#pragma once

#include <fcntl.h>
#include <goconc/goconc.hpp>
#include <sys/stat.h>

#include <string>

class answer {
 public:
  answer(const goconc::descriptor& to, bool keep_alive, bool with_body)
      : to_(to), keep_alive_(keep_alive), with_body_(with_body) {}

  // False once the connection is to end.
  bool keep_alive() const { return keep_alive_; }

  void error(const std::string& status) {
    const std::string text = status + "\n";
    send(head(status, "text/plain", static_cast<off_t>(text.size())) + (with_body_ ? text : ""));
  }

  // False if the file cannot be opened: nothing has been sent. It is read piece by piece, each as far as
  // the client takes it: what it is slow to take waits in the goroutine, not in memory.
  bool file(const std::string& path, const char* type) {
    const goconc::descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status;
    if (!file || fstat(file.get(), &status) != 0) return false;
    std::string piece = head("200 OK", type, status.st_size);
    const size_t headers = piece.size();
    piece.resize(headers + (with_body_ ? piece_size : 0));
    off_t left = with_body_ ? status.st_size : 0;
    for (size_t filled = headers;; filled = 0) {
      const size_t room = std::min<off_t>(piece.size() - filled, left);
      const size_t got = room > 0 ? file.read(&piece[filled], room) : 0;
      left -= static_cast<off_t>(got);
      if (got == 0 && left > 0) keep_alive_ = false;  // it has become shorter
      send(piece.data(), filled + got);
      if (got == 0 || left == 0) return true;
    }
  }

 private:
  static constexpr size_t piece_size = 64 * 1024;

  std::string head(const std::string& status, const char* type, off_t length) const {
    return "HTTP/1.1 " + status + "\r\nContent-Type: " + type +
           "\r\nContent-Length: " + std::to_string(length) +
           (keep_alive_ ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n");
  }

  void send(const std::string& text) { send(text.data(), text.size()); }
  void send(const char* data, size_t len) {
    if (to_.write(data, len) < len) keep_alive_ = false;
  }

  const goconc::descriptor& to_;
  bool keep_alive_;
  const bool with_body_;
};
