// What tests of traces ask a recording.
#pragma once

#include <goconc/diag.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "child.h"
#include "diag/trace_timeline.h"
#include "fixture.h"

namespace goc_test {

using goc::diag::Actor;
using goc::diag::Happening;
using goc::trace::Kind;

// A file that is gone at the end of its scope.
class TracePath {
 public:
  explicit TracePath(const std::string& name)
      : path_(testing::TempDir() + "goconc_" + std::to_string(getpid()) + "_" + name + ".json") {}
  ~TracePath() { std::remove(path_.c_str()); }
  TracePath(const TracePath&) = delete;
  TracePath& operator=(const TracePath&) = delete;
  const char* c_str() const { return path_.c_str(); }
  bool exists() const { return access(c_str(), F_OK) == 0; }

  // The checker's verdict on the file.
  bool valid(std::vector<std::string> options = {}) const {
    std::vector<std::string> arguments{GOC_TEST_TRACE_IS_VALID, path_};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.insert(arguments.begin(), "python3");
    return status_of("/usr/bin/env", arguments) == 0;
  }

 private:
  std::string path_;
};

// What has been recorded until now.
class Recording {
 public:
  Recording() {
    goc::trace::Snapshot snapshot = goc::trace::snapshot();
    for (const auto& stream : snapshot.streams) lost_ = lost_ || stream.lost;
    goc::diag::Timeline timeline(snapshot);
    for (Happening h; timeline.next(h);) all_.push_back(h);
    unexplained_ = timeline.unexplained();
    tracks_ = timeline.tracks();
  }

  const std::vector<Happening>& all() const { return all_; }
  bool lost() const { return lost_; }
  const goc::diag::Track& track(const Happening& h) const { return tracks_[h.track]; }
  int count(Kind kind) const {
    return static_cast<int>(std::count_if(all_.begin(), all_.end(),
                                          [=](const Happening& h) { return h.kind == kind; }));
  }
  // Of one goroutine, in order.
  std::vector<Happening> of(uint64_t goroutine) const {
    std::vector<Happening> its;
    for (const Happening& h : all_)
      if (h.kind <= Kind::kReady && h.subject == goroutine) its.push_back(h);
    return its;
  }

  // Every goroutine does what goroutines can do, one thing after the other. Where events have been
  // lost, it may begin anywhere.
  // If it has begun in their midst, some were there before.
  enum Begun { kBeforeThem, kInTheirMidst };
  void expect_legal(Begun begun = kBeforeThem) const {
    EXPECT_EQ(unexplained_, 0u);
    std::map<uint64_t, Happening> last;
    std::map<uint32_t, Happening> last_on_track;
    for (const Happening& h : all_) {
      const auto on_track = last_on_track.find(h.track);
      if (on_track != last_on_track.end()) {
        ASSERT_GE(h.at, on_track->second.at);
      }
      last_on_track[h.track] = h;
      if (h.kind > Kind::kReady) continue;
      const auto before = last.find(h.subject);
      if (before == last.end()) {
        ASSERT_TRUE(lost_ || begun == kInTheirMidst || h.kind == Kind::kCreate)
            << "goroutine " << h.subject << " came from nowhere";
      } else if (before->second.sure) {
        ASSERT_TRUE(may_follow(before->second, h))
            << "goroutine " << h.subject << ": " << int(h.kind) << " after "
            << int(before->second.kind);
      }
      last[h.subject] = h;
    }
  }

 private:
  static bool may_follow(const Happening& before, const Happening& h) {
    if (h.at <= before.at && !(h.kind == Kind::kPark || h.kind == Kind::kExit)) return false;
    const bool yielded = before.kind == Kind::kPark && before.reason == goc::trace::kYields;
    switch (h.kind) {
      case Kind::kStart:
        return before.kind == Kind::kReady || before.kind == Kind::kCreate || yielded;
      case Kind::kPark:
      case Kind::kExit:
        return before.kind == Kind::kStart && before.track == h.track;
      case Kind::kReady:
        return before.kind == Kind::kPark && !yielded;
      default:
        return false;
    }
  }

  std::vector<Happening> all_;
  std::vector<goc::diag::Track> tracks_;
  bool lost_ = false;
  uint64_t unexplained_ = 0;
};

// Records within its scope, in memory.
class Tracing {
 public:
  explicit Tracing(size_t memory = 0) {
    goc_trace_options options = GOC_TRACE_OPTIONS_INIT;
    options.memory = memory;
    EXPECT_EQ(goc_trace_start_with(&options), GOC_OK);
  }
  ~Tracing() { EXPECT_EQ(goc_trace_stop(), GOC_OK); }
  Tracing(const Tracing&) = delete;
  Tracing& operator=(const Tracing&) = delete;
};

}  // namespace goc_test
