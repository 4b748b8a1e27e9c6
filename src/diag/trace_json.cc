// Writing a trace: see trace_json.h.
#include "diag/trace_json.h"

#include <charconv>
#include <string>
#include <string_view>

#include "base/os_file.h"
#include "diag/trace_timeline.h"
#include "sched/wait_reason.h"

namespace goc::diag {

using trace::Kind;

namespace {

constexpr std::string_view kUnknownByte = "\xEF\xBF\xBD";  // U+FFFD

// How long the UTF-8 sequence is that the text begins with; 0: it is none.
size_t sequence_at(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const size_t size = lead < 0x80   ? 1
                      : lead < 0xC2 ? 0
                      : lead < 0xE0 ? 2
                      : lead < 0xF0 ? 3
                      : lead < 0xF5 ? 4
                                    : 0;
  if (size == 0 || size > text.size()) return 0;
  for (size_t i = 1; i < size; ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) return 0;
  const auto second = static_cast<unsigned char>(size > 1 ? text[1] : 0);
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool no_character = (lead == 0xED && second > 0x9F) || (lead == 0xF4 && second > 0x8F);
  return overlong || no_character ? 0 : size;
}

// Text on its way to a file.
class Output {
 public:
  explicit Output(int fd) : fd_(fd) { text_.reserve(kFull + kLine); }

  Output& operator<<(std::string_view text) {
    text_ += text;
    return *this;
  }
  Output& operator<<(uint64_t number) {
    char digits[20];
    return *this << std::string_view(digits, std::to_chars(digits, digits + 20, number).ptr);
  }
  // As the inside of a string of JSON.
  Output& quoted(std::string_view text) {
    while (!text.empty()) {
      const size_t size = sequence_at(text);
      escape(size != 0 ? text.substr(0, size) : kUnknownByte);
      text.remove_prefix(size != 0 ? size : 1);
    }
    return *this;
  }
  // Nanoseconds as microseconds.
  Output& time(int64_t ns) {
    const auto positive = static_cast<uint64_t>(ns > 0 ? ns : 0);
    char fraction[] = {'.', '0', '0', '0'};
    for (uint64_t rest = positive % 1000, i = 3; i > 0; --i, rest /= 10)
      fraction[i] = static_cast<char>('0' + rest % 10);
    return *this << positive / 1000 << std::string_view(fraction, sizeof fraction);
  }
  void perhaps_flush() {
    if (text_.size() >= kFull) flush();
  }
  bool flush() {
    ok_ = ok_ && os::file_write(fd_, text_.data(), text_.size());
    text_.clear();
    return ok_;
  }

 private:
  static constexpr size_t kFull = 256 * 1024;
  static constexpr size_t kLine = 4096;

  void escape(std::string_view character) {
    constexpr char kHex[] = "0123456789abcdef";
    const auto c = static_cast<unsigned char>(character[0]);
    if (c == '"' || c == '\\')
      (text_ += '\\') += character;
    else if (c < 0x20 || c == 0x7F)
      ((text_ += "\\u00") += kHex[c >> 4]) += kHex[c & 15];
    else
      text_ += character;
  }

  int fd_;
  bool ok_ = true;
  std::string text_;
};

std::string_view name_of(trace::Reason reason) {
  if (reason == trace::kYields) return "yield";
  if (reason == trace::kCallsThread) return "blocking call";
  const char* text = words(static_cast<WaitReason>(reason));
  return text != nullptr ? text : "wait";
}

// What made a goroutine ready, until it starts.
struct Wake {
  Kind kind;
  int64_t at;
  uint32_t track;
  Actor actor;
  uint64_t actor_id;
};

// What is drawn on a track and has not ended.
struct Open {
  uint64_t goroutine = 0;  // that runs, or whose blocking call does
  bool call = false;
  int64_t since = 0;
  Wake woken{};
  int64_t stalled = -1;       // since then
  Kind source = Kind::kNone;  // kTimer, kPoll
  int64_t source_since = 0;
  int64_t source_until = 0;
};

class Writer {
 public:
  Writer(int fd, const trace::Snapshot& snapshot)
      : snapshot_(snapshot), timeline_(snapshot), out_(fd), pid_(os::process_id()) {}

  bool write() {
    out_ << "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n";
    process();
    Happening h;
    while (timeline_.next(h)) {
      open_.resize(timeline_.tracks().size());
      tell(h);
      out_.perhaps_flush();
    }
    for (uint32_t track = 0; track < open_.size(); ++track) {
      close_source(track);
      close(track, timeline_.end(), "still running");
    }
    threads();
    out_ << "\n],\"otherData\":{\"recorder\":\"goconc\",\"unexplained\":" << timeline_.unexplained()
         << "}}\n";
    return out_.flush();
  }

 private:
  void tell(const Happening& h);
  void start(const Happening& h);
  void wake(const Happening& h);
  void close(uint32_t track, int64_t at, std::string_view ended);
  void close_source(uint32_t track);

  // --- The pieces of an event -----------------------------------------------------------------------
  void process() {
    char program[64];
    os::program_name(program, sizeof program);
    out_ << "{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":" << pid_
         << ",\"tid\":0,\"args\":{\"name\":\"";
    out_.quoted(program) << "\"}}";
  }
  void threads() {
    for (uint32_t track = 0; track < timeline_.tracks().size(); ++track) {
      const Track& t = timeline_.tracks()[track];
      begin("M", track) << ",\"name\":\"thread_name\",\"args\":{\"name\":\"";
      if (!t.worker && t.id == 0)
        out_ << "monitor\"}}";
      else
        out_ << (t.worker ? "worker " : "thread ") << t.id << "\"}}";
      begin("M", track) << ",\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":"
                        << (t.worker ? t.id : kAfterWorkers + t.id) << "}}";
    }
  }
  // Workers have small numbers, others come after them.
  Output& begin(std::string_view phase, uint32_t track) {
    const Track& t = timeline_.tracks()[track];
    return out_ << ",\n{\"ph\":\"" << phase << "\",\"pid\":" << pid_
                << ",\"tid\":" << (t.worker ? t.id + 1 : kAfterWorkers + t.id);
  }
  Output& begin(std::string_view phase, uint32_t track, int64_t at) {
    begin(phase, track) << ",\"ts\":";
    return out_.time(at);
  }
  Output& slice(uint32_t track, int64_t from, int64_t to) {
    begin("X", track, from) << ",\"dur\":";
    return out_.time(to - from);
  }
  Output& instant(uint32_t track, int64_t at) { return begin("i", track, at) << ",\"s\":\"t\""; }
  void goroutine(uint64_t id) {
    const auto name = snapshot_.names.find(id);
    if (name != snapshot_.names.end())
      out_.quoted(name->second) << " " << id;
    else
      out_ << "goroutine " << id;
  }
  void actor(Actor actor, uint64_t id) {
    switch (actor) {
      case Actor::kGoroutine:
        goroutine(id);
        break;
      case Actor::kTimer:
        out_ << "timer";
        break;
      case Actor::kPoll:
        out_ << "descriptor";
        break;
      case Actor::kThread:
        out_ << "thread " << id;
        break;
      case Actor::kUnknown:
        out_ << "unknown";
        break;
    }
  }

  static constexpr uint64_t kAfterWorkers = 20000;

  const trace::Snapshot& snapshot_;
  Timeline timeline_;
  Output out_;
  const uint64_t pid_;
  std::vector<Open> open_;  // by track
  std::unordered_map<uint64_t, Wake> wakes_;
  uint64_t flows_ = 0;
};

void Writer::tell(const Happening& h) {
  Open& open = open_[h.track];
  switch (h.kind) {
    case Kind::kStart:
      start(h);
      break;
    case Kind::kPark:
      close(h.track, h.at, name_of(h.reason));
      if (h.reason == trace::kCallsThread) {
        open.goroutine = h.subject;
        open.call = true;
        open.since = h.at;
      }
      break;
    case Kind::kExit:
      close(h.track, h.at, "exit");
      break;
    case Kind::kCreate:
    case Kind::kReady:
      if (open.call && open.goroutine == h.subject) close(h.track, h.at, "return");
      wake(h);
      break;
    case Kind::kTimer:
    case Kind::kPoll:
      close_source(h.track);
      open.source = h.kind;
      open.source_since = h.at;
      open.source_until = h.at + 1;
      break;
    case Kind::kSteal:
      instant(h.track, h.at) << ",\"cat\":\"steal\",\"name\":\"steal\",\"args\":{\"from\":\"worker "
                             << h.actor_id << "\",\"count\":" << h.count << "}}";
      break;
    case Kind::kStall:
      open_[h.subject].stalled = h.at;
      break;
    case Kind::kCompensate:
      instant(static_cast<uint32_t>(h.subject), h.at)
          << ",\"cat\":\"stall\",\"name\":\"compensate\",\"args\":{}}";
      break;
    default:
      break;
  }
}

void Writer::start(const Happening& h) {
  close_source(h.track);
  close(h.track, h.at, "unknown");
  Open& open = open_[h.track];
  open.goroutine = h.subject;
  open.since = h.at;
  open.woken = {};
  const auto woken = wakes_.find(h.subject);
  if (woken == wakes_.end()) return;
  const Wake& w = open.woken = woken->second;
  const std::string_view name = w.kind == Kind::kCreate ? "go" : "wake";
  begin("s", w.track, w.at) << ",\"cat\":\"flow\",\"name\":\"" << name << "\",\"id\":" << ++flows_
                            << "}";
  begin("f", h.track, h.at + 1) << ",\"bp\":\"e\",\"cat\":\"flow\",\"name\":\"" << name
                                << "\",\"id\":" << flows_ << "}";
  wakes_.erase(woken);
}

// A flow begins in a slice: that of the goroutine, the timer, or one that is made for it.
void Writer::wake(const Happening& h) {
  Open& open = open_[h.track];
  if (open.source != Kind::kNone) open.source_until = h.at + 1;
  const bool bare = open.source == Kind::kNone && open.goroutine == 0;
  wakes_[h.subject] = {h.kind, h.at, h.track, h.actor, h.actor_id};
  bare ? slice(h.track, h.at, h.at + 1) : instant(h.track, h.at);
  out_ << ",\"cat\":\"wake\",\"name\":\"" << (h.kind == Kind::kCreate ? "go" : "ready")
       << "\",\"args\":{\"goroutine\":" << h.subject << ",\"by\":\"";
  actor(h.actor, h.actor_id);
  out_ << "\"}}";
}

// A stall lies within.
void Writer::close(uint32_t track, int64_t at, std::string_view ended) {
  Open& open = open_[track];
  if (open.goroutine == 0) return;
  at = std::max(at, open.since + 1);
  slice(track, open.since, at) << ",\"cat\":\"" << (open.call ? "call" : "goroutine")
                               << "\",\"name\":\"";
  if (open.call) out_ << "blocking call of ";
  goroutine(open.goroutine);
  out_ << "\",\"args\":{\"goroutine\":" << open.goroutine << ",\"ended\":\"" << ended << "\"";
  if (!open.call && open.woken.kind != Kind::kNone) {
    out_ << ",\"" << (open.woken.kind == Kind::kCreate ? "created by" : "woken by") << "\":\"";
    actor(open.woken.actor, open.woken.actor_id);
    out_ << "\"";
  }
  out_ << "}}";
  if (open.stalled >= 0)
    slice(track, std::min(std::max(open.stalled, open.since), at - 1), at)
        << ",\"cat\":\"stall\",\"name\":\"stall\",\"args\":{\"goroutine\":" << open.goroutine
        << "}}";
  open.goroutine = 0;
  open.call = false;
  open.stalled = -1;
}

void Writer::close_source(uint32_t track) {
  Open& open = open_[track];
  if (open.source == Kind::kNone) return;
  const std::string_view name = open.source == Kind::kTimer ? "timer" : "poll";
  slice(track, open.source_since, open.source_until)
      << ",\"cat\":\"" << name << "\",\"name\":\"" << name << "\",\"args\":{}}";
  open.source = Kind::kNone;
}

}  // namespace

bool write_trace(int fd, const trace::Snapshot& snapshot) { return Writer(fd, snapshot).write(); }

}  // namespace goc::diag
