// Go's test/chan/select3.go, select4.go, select5.go and select7.go: every shape of a select with up to
// three cases, each a send or a receive on a channel in any state. select5.go is a generator, and its
// output checks in which order operands are evaluated; in C the caller has done that. What is left of it
// is here: which case may fire, what it does, and that no other case does anything.
#include <algorithm>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "chan_tools.h"

namespace {

using namespace goc_test;

class SelectMatrix : public Procs {};
GOC_FOR_1_2_4(SelectMatrix);

enum class State {
  kNull,      // no channel
  kAlone,     // no buffer, and nobody at the other end
  kStuck,     // a buffer that is full for a send, empty for a receive
  kBuffered,  // a buffer with room for a send, a value for a receive
  kPartner,   // no buffer, and somebody waits at the other end
  kClosed,
  kClosedWithValue,
};

struct Shape {
  int op;
  State state;
  bool ready() const { return state >= State::kBuffered; }
};

// What ends the wait of a case.
enum class End { kByPartner, kByClose };

// One case with its channel, and what it must do if it fires and must not do if it does not.
class Cell {
 public:
  Cell(Shape shape, int64_t mark) : shape_(shape), mark_(mark), elem_(sends() ? mark : -1) {
    const bool full = shape.state == State::kStuck && sends();
    const bool holds = shape.state == State::kBuffered && !sends();
    if (full || holds || shape.state == State::kClosedWithValue) must_put(channel_, mark);
    if (is_closed()) goc_chan_close(channel_);
    if (shape.state == State::kPartner) start_partner();
    filled_ = goc_chan_len(channel_);
  }
  ~Cell() {
    if (!is_closed()) goc_chan_close(channel_);
    partner_.wait();
  }
  Cell(const Cell&) = delete;
  Cell& operator=(const Cell&) = delete;

  bool ready() const { return shape_.ready(); }
  bool is_null() const { return shape_.state == State::kNull; }
  goc_case as_case() {
    goc_chan* ch = is_null() ? nullptr : static_cast<goc_chan*>(channel_);
    return sends() ? sending(ch, &elem_) : receiving(ch, &elem_);
  }
  size_t blocked() const { return blocked_senders(channel_) + blocked_receivers(channel_); }

  void expect_fired(int status) {
    const bool ok = shape_.state != State::kClosed && !(sends() && is_closed());
    EXPECT_EQ(status, ok ? GOC_OK : GOC_ECLOSED);
    EXPECT_EQ(elem_, ok || sends() ? mark_ : 0);
    EXPECT_EQ(goc_chan_len(channel_), filled_after());
    if (shape_.state == State::kPartner) expect_partner_served();
    if (shape_.state == State::kBuffered && sends()) expect_in_buffer();
    EXPECT_EQ(blocked(), 0u);
  }
  void expect_untouched() const {
    EXPECT_EQ(elem_, sends() ? mark_ : -1);
    EXPECT_EQ(goc_chan_len(channel_), filled_);
    EXPECT_EQ(blocked(), shape_.state == State::kPartner ? 1u : 0u);
  }

  // --- For a select that waits --------------------------------------------------------------------
  // Makes the case fire, from the other end.
  void complete() {
    const int64_t result = sends() ? take(channel_) : put(channel_, mark_);
    EXPECT_EQ(result, sends() ? mark_ : 0);
    if (shape_.state == State::kStuck && sends()) take(channel_);  // behind what was there already
  }
  void close() { EXPECT_EQ(goc_chan_close(channel_), GOC_OK); }
  void expect_ended(End end, int status) const {
    const bool closed = end == End::kByClose;
    EXPECT_EQ(status, closed ? GOC_ECLOSED : GOC_OK);
    EXPECT_EQ(elem_, closed && !sends() ? 0 : mark_);
    EXPECT_EQ(goc_chan_len(channel_), closed ? filled_ : 0);
  }

 private:
  bool sends() const { return shape_.op == GOC_SEND; }
  bool is_closed() const { return shape_.state >= State::kClosed; }
  size_t filled_after() const {
    if (shape_.state == State::kBuffered) return sends() ? 1 : 0;
    return shape_.state == State::kClosedWithValue && sends() ? 1 : 0;
  }
  size_t capacity() const {
    const bool none = shape_.state == State::kAlone || shape_.state == State::kPartner;
    return none ? 0 : 1;
  }
  void start_partner() {
    partner_.go([this] {
      if (sends())
        partner_status_ = goc_chan_recv(channel_, &partner_elem_, GOC_FOREVER);
      else
        partner_status_ = put(channel_, partner_elem_ = mark_, GOC_FOREVER);
    });
    eventually([this] { return blocked() == 1; });
  }
  void expect_partner_served() {
    partner_.wait();
    EXPECT_EQ(partner_status_, GOC_OK);
    EXPECT_EQ(partner_elem_, mark_);
  }
  void expect_in_buffer() { EXPECT_EQ(take(channel_, GOC_NOW), mark_); }

  const Shape shape_;
  const int64_t mark_;
  int64_t elem_;
  size_t filled_ = 0;
  Chan channel_{8, capacity()};
  Group partner_;
  int partner_status_ = 99;
  int64_t partner_elem_ = -1;
};

// The cells of one select.
class Row {
 public:
  explicit Row(const std::vector<Shape>& shapes) {
    for (const Shape shape : shapes)
      cells_.emplace_back(shape, 100 + static_cast<int64_t>(cells_.size()));
    for (Cell& cell : cells_) cases_.push_back(cell.as_case());
  }

  int select(int64_t deadline) { return goc_select(cases_.data(), cases_.size(), deadline); }
  bool any_ready() const {
    return std::any_of(cells_.begin(), cells_.end(), [](const Cell& c) { return c.ready(); });
  }
  void expect_fired(int fired) {
    ASSERT_GE(fired, 0);
    ASSERT_TRUE(cell(fired).ready());
    cell(fired).expect_fired(status(fired));
    expect_others_untouched(fired);
  }
  void expect_others_untouched(int fired) const {
    for (int i = 0; i < size(); ++i) {
      if (i == fired) continue;
      EXPECT_EQ(status(i), 99) << "only that of the case that fired is written";
      cells_[static_cast<size_t>(i)].expect_untouched();
    }
  }
  // A select waits in each of its channels.
  bool waits() const {
    return std::all_of(cells_.begin(), cells_.end(),
                       [](const Cell& c) { return c.is_null() || c.blocked() == 1; });
  }
  int size() const { return static_cast<int>(cells_.size()); }
  Cell& cell(int i) { return cells_.at(static_cast<size_t>(i)); }
  int status(int i) const { return cases_.at(static_cast<size_t>(i)).status; }

 private:
  std::deque<Cell> cells_;
  std::vector<goc_case> cases_;
};

std::string text(const std::vector<Shape>& shapes) {
  static const char* const kNames[] = {
      "NULL", "alone", "stuck", "buffered", "partner", "closed", "closed with value"};
  std::string all;
  for (const Shape shape : shapes)
    all += std::string(shape.op == GOC_SEND ? " send " : " receive ") +
           kNames[static_cast<size_t>(shape.state)] + ";";
  return all;
}

// Calls f for all lists of 1 to `most` of the kinds, until one has failed. (A SCOPED_TRACE would belong
// to a thread, and a goroutine may change its thread.)
void for_all_rows(const std::vector<Shape>& kinds, size_t most,
                  const std::function<void(const std::vector<Shape>&)>& f) {
  for (std::vector<Shape> row; most > 0; --most) {
    size_t count = 1;
    for (size_t i = 0; i < most; ++i) count *= kinds.size();
    for (size_t number = 0; number < count; ++number) {
      row.clear();
      for (size_t i = 0, rest = number; i < most; ++i, rest /= kinds.size())
        row.push_back(kinds[rest % kinds.size()]);
      f(row);
      ASSERT_FALSE(testing::Test::HasFailure()) << text(row);
    }
  }
}

std::vector<Shape> all_kinds() {
  std::vector<Shape> kinds;
  for (int state = 0; state <= static_cast<int>(State::kClosedWithValue); ++state)
    for (const int op : {GOC_SEND, GOC_RECV}) kinds.push_back({op, static_cast<State>(state)});
  return kinds;
}

std::vector<Shape> kinds_that_wait() {
  return {{GOC_RECV, State::kNull},
          {GOC_SEND, State::kAlone},
          {GOC_RECV, State::kAlone},
          {GOC_SEND, State::kStuck},
          {GOC_RECV, State::kStuck}};
}

size_t most_cases() { return kSanitized ? 2 : 3; }

void carry_out(const std::vector<Shape>& shapes) {
  for (const int64_t deadline : {GOC_NOW, GOC_FOREVER, passed()}) {
    Row row(shapes);
    if (row.any_ready()) {
      row.expect_fired(row.select(deadline));
    } else if (deadline != GOC_FOREVER) {
      EXPECT_EQ(row.select(deadline), deadline == GOC_NOW ? GOC_EAGAIN : GOC_ETIMEDOUT);
      row.expect_others_untouched(-1);
    }
  }
}

TEST_P(SelectMatrix, ACaseThatIsReadyFiresAndNoOtherDoesAnything) {
  for_all_rows(all_kinds(), most_cases(), carry_out);
  run([] { for_all_rows(all_kinds(), 2, carry_out); });
}

void wait_until(const std::vector<Shape>& shapes, int fires, End end) {
  Row row(shapes);
  if (row.cell(fires).is_null()) return;
  Crew crew;
  const bool thread = end == End::kByClose && fires == 0;
  const auto select = [&] { EXPECT_EQ(row.select(thread ? soon() : GOC_FOREVER), fires); };
  thread ? crew.thread(select) : crew.goroutine(select);
  eventually([&] { return row.waits(); });
  end == End::kByPartner ? row.cell(fires).complete() : row.cell(fires).close();
  crew.wait();
  row.cell(fires).expect_ended(end, row.status(fires));
  row.expect_others_untouched(fires);
  EXPECT_EQ(row.cell(fires).blocked(), 0u);
}

TEST_P(SelectMatrix, WhenNoneIsReadyTheFirstThatIsCompletedOrClosedFiresAlone) {
  for_all_rows(kinds_that_wait(), most_cases(), [](const std::vector<Shape>& shapes) {
    for (size_t fires = 0; fires < shapes.size(); ++fires)
      for (const End end : {End::kByPartner, End::kByClose})
        wait_until(shapes, static_cast<int>(fires), end);
  });
}

// --- What blocks for ever ------------------------------------------------------------------------

TEST_P(SelectMatrix, WhatCannotHappenWaitsUntilShutdown) {
  Chan empty(8, 0);
  Chan empty_buffer(8, 1);
  Chan full(8, 1);
  ASSERT_EQ(put(full, 1), GOC_OK);
  const auto receive = [](goc_chan* ch) { goc_chan_recv(ch, nullptr, GOC_FOREVER); };
  const auto send = [](goc_chan* ch) { must_put(ch, 2, GOC_FOREVER); };
  const auto select_of = [](goc_chan* a, goc_chan* b) {
    const int64_t value = 2;
    goc_case cases[] = {receiving(a, nullptr), sending(b, &value)};
    goc_select(cases, 2, GOC_FOREVER);
  };
  const std::vector<std::function<void()>> blocking = {
      [&] { receive(nullptr); },
      [&] { send(nullptr); },
      [&] { receive(empty); },
      [&] { receive(empty_buffer); },
      [&] { send(full); },
      [&] { select_of(nullptr, nullptr); },
      [&] { select_of(nullptr, full); },
      [&] { select_of(empty_buffer, nullptr); },
      [&] { select_of(empty_buffer, full); },
      [] { goc_select(nullptr, 0, GOC_FOREVER); },
  };
  for (const auto& f : blocking) go_for_ever(f);
  // Those that nobody can end wait in no channel: shutdown knows them, and the count.
  eventually([&] {
    return blocked_receivers(empty) == 1 && blocked_receivers(empty_buffer) == 3 &&
           blocked_senders(full) == 3;
  });
  EXPECT_EQ(goc_shutdown(soon()), static_cast<int>(blocking.size()));
  EXPECT_EQ(goc_chan_len(full), 1u);
}

}  // namespace
