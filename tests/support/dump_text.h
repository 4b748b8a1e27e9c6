// What goc_dump() and goc_leaks() write, taken apart.
#pragma once

#include <goconc/diag.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace goc_test {

// A paragraph: one goroutine, or several that are alike.
struct Paragraph {
  size_t count = 0;
  std::string ids, name, state;
  std::vector<std::string> frames;
  std::string creator;

  bool contains(const std::string& frame) const {
    for (const std::string& f : frames)
      if (f.find(frame) != std::string::npos) return true;
    return false;
  }
};

struct DumpText {
  std::string title;
  std::vector<Paragraph> paragraphs;

  size_t goroutines() const {
    size_t sum = 0;
    for (const Paragraph& p : paragraphs) sum += p.count;
    return sum;
  }
  // The one of that name, else an empty one.
  Paragraph named(const std::string& name) const {
    for (const Paragraph& p : paragraphs)
      if (p.name == name) return p;
    return {};
  }
};

// Fails the test if it has not the form of a dump.
inline DumpText parsed(const std::string& text) {
  static const std::regex head(
      R"re(^(?:goroutine|(\d+) goroutines) (\d[0-9, .-]*)(?: "(.*)")? \[(.*)\]:$)re");
  DumpText dump;
  std::istringstream lines(text);
  std::getline(lines, dump.title);
  EXPECT_TRUE(dump.title.starts_with("goconc: ")) << text;
  std::smatch match;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    if (std::regex_match(line, match, head)) {
      dump.paragraphs.emplace_back();
      Paragraph& p = dump.paragraphs.back();
      p.count = match[1].matched ? std::stoul(match[1]) : 1;
      p.ids = match[2];
      p.name = match[3];
      p.state = match[4];
    } else if (dump.paragraphs.empty()) {
      ADD_FAILURE() << "stray line: " << line;
    } else if (line.starts_with("    ")) {
      EXPECT_EQ(dump.paragraphs.back().creator, "") << text;
      dump.paragraphs.back().frames.push_back(line.substr(4));
    } else {
      EXPECT_TRUE(line.starts_with("created by ")) << "stray line: " << line;
      dump.paragraphs.back().creator = line.substr(11);
    }
  }
  for (const Paragraph& p : dump.paragraphs) EXPECT_NE(p.creator, "") << text;
  return dump;
}

// What the function writes to the descriptor that it gets.
template <class Write>
std::string written(Write write) {
  const int fd = memfd_create("written", MFD_CLOEXEC);
  write(fd);
  std::string text(static_cast<size_t>(lseek(fd, 0, SEEK_END)), 0);
  EXPECT_EQ(pread(fd, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  close(fd);
  return text;
}

inline DumpText dumped() {
  return parsed(written([](int fd) { EXPECT_EQ(goc_dump(fd), GOC_OK); }));
}

}  // namespace goc_test
