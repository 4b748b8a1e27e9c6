// dump() and leaks(): see dump.h.
#include "diag/dump.h"

#include <fcntl.h>
#include <goconc/error.h>
#include <goconc/time.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <map>
#include <new>
#include <tuple>
#include <unordered_map>

#include "diag/snapshot.h"
#include "sched/runtime.h"

namespace goc {
namespace {

constexpr size_t kMostIds = 16;                       // shown of a group: ranges count as one
constexpr int64_t kShownFrom = 10 * GOC_MILLISECOND;  // shorter waits are not worth a word

constinit Lock g_one_at_a_time;

bool write_all(int fd, const std::string& text) {
  for (size_t done = 0; done < text.size();) {
    const ssize_t n = write(fd, text.data() + done, text.size() - done);
    if (n >= 0) {
      done += static_cast<size_t>(n);
    } else if (errno == EAGAIN) {
      pollfd ready{fd, POLLOUT, 0};
      poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

std::string address(uintptr_t at) {
  char text[20];
  std::snprintf(text, sizeof text, "0x%zx", at);
  return text;
}

std::string duration(int64_t ns) {
  if (ns < GOC_SECOND) return std::to_string(ns / GOC_MILLISECOND) + " ms";
  const int64_t s = ns / GOC_SECOND;
  if (s < 120) return std::to_string(s) + " s";
  if (s < 7200) return std::to_string(s / 60) + " min";
  return std::to_string(s / 3600) + " h";
}

std::string shown(const Place& place, uintptr_t at) {
  std::string text = place.function;
  if (text.empty()) text = address(at) + (place.module.empty() ? "" : " in " + place.module);
  if (!place.file.empty()) text += " at " + place.file + ":" + std::to_string(place.line);
  return text;
}

// --- Frames -----------------------------------------------------------------------------------------

// What a goroutine waits for is told in words: the call stands for nothing more.
bool is_inside(const Place& place) {
  const bool of_c = place.function.find(':') == std::string::npos;
  return place.function.starts_with("goc::") || (of_c && place.function.starts_with("goc_")) ||
         (place.function.empty() && place.module.find("/libgoconc.so") != std::string::npos);
}

// The compiler may make several copies of a line of the program: the first one stands for all.
class SamePlaces {
 public:
  explicit SamePlaces(DebugInfo& info) : info_(info) {}
  uintptr_t first(uintptr_t pc) {
    const auto [at, added] = known_.try_emplace(pc, pc);
    if (added) at->second = by_text_.try_emplace(shown(info_.caller(pc), pc), pc).first->second;
    return at->second;
  }

 private:
  DebugInfo& info_;
  std::unordered_map<uintptr_t, uintptr_t> known_;
  std::unordered_map<std::string, uintptr_t> by_text_;
};

// Those that say something: what lies within goconc does not.
std::vector<uintptr_t> telling(std::vector<uintptr_t> frames, DebugInfo& info) {
  std::erase_if(frames, [&](uintptr_t pc) { return is_inside(info.caller(pc)); });
  return frames;
}

// --- Groups -----------------------------------------------------------------------------------------

using Group = std::vector<const Snapshot*>;

auto kind_of(const Snapshot& s) {
  return std::tie(s.state, s.reason, s.objects, s.locked, s.leaked, s.fn, s.site, s.frames);
}

struct ByKind {
  bool operator()(const Snapshot* a, const Snapshot* b) const { return kind_of(*a) < kind_of(*b); }
};

// In the order of the first of each.
std::vector<Group> grouped(const std::vector<Snapshot>& all) {
  std::map<const Snapshot*, size_t, ByKind> known;
  std::vector<Group> groups;
  for (const Snapshot& s : all) {
    const auto [at, added] = known.try_emplace(&s, groups.size());
    if (added) groups.emplace_back();
    groups[at->second].push_back(&s);
  }
  return groups;
}

// Such as 3-17, 20.
std::string ids_of(const Group& group) {
  std::string text;
  size_t shown = 0;
  for (size_t first = 0, last; first < group.size(); first = last + 1) {
    last = first;
    while (last + 1 < group.size() && group[last + 1]->id == group[last]->id + 1) ++last;
    if (shown++ == kMostIds) return text + ", ...";
    if (!text.empty()) text += ", ";
    text += std::to_string(group[first]->id);
    if (last > first) text += "-" + std::to_string(group[last]->id);
  }
  return text;
}

// The text that all have in common, or nothing.
template <class Get>
std::string common(const Group& group, Get get) {
  const std::string first = get(*group.front());
  for (const Snapshot* s : group)
    if (get(*s) != first) return {};
  return first;
}

std::string object_of(const Snapshot& s) {
  if (s.objects > 1) return "of " + std::to_string(s.objects);
  if (s.object == nullptr) return {};
  return s.object_name.empty() ? address(reinterpret_cast<uintptr_t>(s.object))
                               : "\"" + s.object_name + "\"";
}

std::string waited(const Group& group) {
  const auto [least, most] = std::minmax_element(
      group.begin(), group.end(),
      [](const Snapshot* a, const Snapshot* b) { return a->waited < b->waited; });
  if ((*most)->waited < kShownFrom) return {};
  const std::string from = duration((*least)->waited);
  const std::string to = duration((*most)->waited);
  return from == to ? ", " + to : ", " + from + " to " + to;
}

std::string state_of(const Group& group) {
  const Snapshot& s = *group.front();
  switch (s.state) {
    case State::kRunning:
      return "running";
    case State::kBlocking:
      return "in a blocking call";
    case State::kReady:
      return "ready";
    case State::kNew:
      return "new";
    case State::kWaiting:
      break;
  }
  const char* reason = words(s.reason);
  std::string text = reason != nullptr ? reason : "waits";
  if (const std::string object = common(group, object_of); !object.empty()) text += " " + object;
  return text + waited(group) + (s.leaked ? ", leaked" : "");
}

// --- Paragraphs -------------------------------------------------------------------------------------

class Report {
 public:
  Report(int fd, DebugInfo& info) : fd_(fd), info_(info) {}

  void write(const std::vector<Group>& groups) {
    for (const Group& group : groups) {
      add_group(group);
      if (text_.size() > kFlush) flush();
    }
    flush();
  }
  void add(const std::string& line) { text_ += line + "\n"; }
  bool failed() const { return failed_; }

 private:
  static constexpr size_t kFlush = 64 * 1024;

  void add_group(const Group& group) {
    const Snapshot& s = *group.front();
    std::string line =
        group.size() == 1 ? "goroutine " : std::to_string(group.size()) + " goroutines ";
    line += ids_of(group);
    const std::string name = common(group, [](const Snapshot& g) { return g.name; });
    if (!name.empty()) line += " \"" + name + "\"";
    add("\n" + line + " [" + state_of(group) + (s.locked ? ", locked to its thread" : "") + "]:");
    for (const uintptr_t pc : s.frames) add("    " + shown(info_.caller(pc), pc));
    if (s.frames.empty()) add_function(s);
    add(s.site == 0 ? std::string("created by a timer")
                    : "created by " + shown(info_.caller(s.site), s.site));
  }

  // What is known without a stack. It may also have left no frame: its last call was one of goconc.
  void add_function(const Snapshot& s) {
    const bool calls_others = s.state == State::kRunning || s.state == State::kBlocking;
    if (calls_others) add("    ...");
    const auto entry = reinterpret_cast<uintptr_t>(s.fn);
    add("    " + shown(info_.function(entry), entry));
  }

  void flush() {
    failed_ = failed_ || !write_all(fd_, text_);
    text_.clear();
  }

  const int fd_;
  DebugInfo& info_;
  std::string text_;
  bool failed_ = false;
};

std::string count_of(size_t n) {
  return std::to_string(n) + (n == 1 ? " goroutine" : " goroutines");
}

int write_report(int fd, const std::string& title, std::vector<Snapshot>& all) {
  DebugInfo info;
  SamePlaces places(info);
  for (Snapshot& s : all) {
    s.frames = telling(info.unwind(s.stack), info);
    for (uintptr_t& pc : s.frames) pc = places.first(pc);
    if (s.site != 0) s.site = places.first(s.site);
    s.stack = {};
  }
  Report report(fd, info);
  report.add("goconc: " + title +
             (info.has_stacks() ? "" : "; stacks need libdw.so.1, which was not found"));
  report.write(grouped(all));
  return report.failed() ? GOC_EINVAL : GOC_OK;
}

int dump_all(int fd, const Goroutine* caller) {
  std::vector<Snapshot> all;
  take_snapshots(caller, all);
  return write_report(fd, count_of(all.size()), all);
}

int report_leaks(int fd, const Goroutine* caller) {
  std::vector<Snapshot> all;
  take_snapshots(caller, all);
  std::erase_if(all, [](const Snapshot& s) { return !s.leaked; });
  const int count = static_cast<int>(std::min<size_t>(all.size(), INT32_MAX));
  if (fd < 0 || count == 0) return count;
  const int result = write_report(fd, count_of(all.size()) + " leaked", all);
  return result == GOC_OK ? count : result;
}

struct Call {
  int (*make)(int, const Goroutine*);
  int fd;
  const Goroutine* caller;
  int result;
};

void make(void* c) {
  auto& call = *static_cast<Call*>(c);
  Guard guard(g_one_at_a_time);
  try {
    call.result = call.make(call.fd, call.caller);
  } catch (const std::bad_alloc&) {
    call.result = GOC_ENOMEM;
  }
}

int on_thread(int (*report)(int, const Goroutine*), int fd) {
  Call call{report, fd, current_goroutine(), GOC_OK};
  call.caller != nullptr ? current_worker()->call_on_thread(&make, &call) : make(&call);
  return call.result;
}

}  // namespace

void forget_dump_in_progress() { new (&g_one_at_a_time) Lock; }

int dump(int fd) {
  return fcntl(fd, F_GETFL) < 0 ? static_cast<int>(GOC_EINVAL) : on_thread(&dump_all, fd);
}

int leaks(int fd) { return on_thread(&report_leaks, fd); }

}  // namespace goc
