// Counts the waiters of a channel, which the runtime itself never needs to.
#include "chan_tools.h"

namespace goc_test {
namespace {

using Queue = goc::WaitQueue goc::Channel::*;
Queue queue_of(bool senders);

// The arguments of an explicit instantiation may name private members.
template <Queue receivers, Queue senders>
struct Access {
  friend Queue queue_of(bool of_senders) { return of_senders ? senders : receivers; }
};
template struct Access<&goc::Channel::receivers_, &goc::Channel::senders_>;

size_t count(goc_chan* ch, bool senders) {
  auto& channel = *static_cast<goc::Channel*>(reinterpret_cast<goc::Object*>(ch));
  goc::Guard guard(channel.lock);
  size_t n = 0;
  for (const goc::Waiter* w = (channel.*queue_of(senders)).front(); w != nullptr; w = w->next) ++n;
  return n;
}

}  // namespace

size_t blocked_receivers(goc_chan* ch) { return count(ch, false); }
size_t blocked_senders(goc_chan* ch) { return count(ch, true); }

}  // namespace goc_test
