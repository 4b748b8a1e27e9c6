// request.h: takes the requests of a connection apart, one after the other, with Debian's http-parser.
#pragma once

#include <goconc/goconc.hpp>
#include <http_parser.h>

#include <chrono>
#include <stdexcept>
#include <string>

struct bad_request : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct request {
  http_method method = HTTP_GET;
  std::string url;
  bool keep_alive = false;
};

class request_reader {
 public:
  explicit request_reader(const goconc::descriptor& from) : from_(from) {
    http_parser_init(&parser_, HTTP_REQUEST);
    parser_.data = this;
    settings_.on_message_begin = [](http_parser* p) { return self(p).request_ = {}, 0; };
    settings_.on_url = [](http_parser* p, const char* text, size_t len) {
      return self(p).request_.url.append(text, len), 0;
    };
    settings_.on_message_complete = [](http_parser* p) {
      self(p).request_.method = static_cast<http_method>(p->method);
      self(p).request_.keep_alive = http_should_keep_alive(p) != 0;
      http_parser_pause(p, 1);  // what follows is the next request
      return 0;
    };
  }

  // False at the end of the connection, also if it is silent for too long. Throws bad_request.
  bool next(request& out) {
    for (;;) {
      const size_t parsed =
          http_parser_execute(&parser_, &settings_, buffer_ + begin_, end_ - begin_);
      begin_ += parsed;
      const http_errno state = HTTP_PARSER_ERRNO(&parser_);
      if (state == HPE_PAUSED) break;
      if (state != HPE_OK) throw bad_request(http_errno_description(state));
      const auto got = from_.read_for(buffer_, sizeof buffer_, std::chrono::seconds(10));
      if (!got || *got == 0) return false;
      begin_ = 0;
      end_ = *got;
    }
    http_parser_pause(&parser_, 0);
    out = std::move(request_);
    return true;
  }

 private:
  static request_reader& self(http_parser* p) { return *static_cast<request_reader*>(p->data); }

  const goconc::descriptor& from_;
  http_parser parser_;
  http_parser_settings settings_{};
  request request_;
  char buffer_[8192];
  size_t begin_ = 0, end_ = 0;
};
