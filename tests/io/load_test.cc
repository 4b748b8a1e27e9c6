// Many descriptors, and many messages: no edge is missed, and nobody is forgotten.
#include <sys/resource.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "base/rand.h"
#include "descriptors.h"

namespace {

using goc_test::blocked_on_fd;
using goc_test::effort;
using goc_test::Ends;
using goc_test::Fd;
using goc_test::Group;
using goc_test::Listener;
using goc_test::pipe_ends;
using goc_test::read_text;
using goc_test::socket_pair;
using goc_test::soon;
using goc_test::until_blocked;
using goc_test::write_text;

// As many descriptors as the system allows; how many that are.
int raise_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1'000'000));
}

void expect_read(int fd, char* byte) { ASSERT_EQ(goc_read(fd, byte, 1, soon()), 1); }
void expect_written(int fd, const char* byte) { ASSERT_EQ(goc_write(fd, byte, 1, soon()), 1); }

class Load : public goc_test::WithDescriptors {};
GOC_FOR_1_2_4(Load);

TEST_P(Load, ScaleAThousandPairsPlayPingPong) {
  const int pairs = static_cast<int>(effort(1'000));
  raise_limit();
  std::vector<Ends> ends;
  for (int i = 0; i < pairs; ++i) ends.push_back(socket_pair());
  Group group;
  for (const Ends& pair : ends) {
    group.go([&pair] {
      char byte = 0;
      for (int i = 0; i < 20; ++i) {
        expect_written(pair.in, &byte);
        expect_read(pair.in, &byte);
      }
      EXPECT_EQ(byte, 20);
    });
    group.go([&pair] {
      char byte = 0;
      for (int i = 0; i < 20; ++i) {
        expect_read(pair.out, &byte);
        ++byte;
        expect_written(pair.out, &byte);
      }
    });
  }
  group.wait();
}

// An edge may come at any step of the reader.
TEST_P(Load, StressNoEdgeIsMissed) {
  const int64_t rounds = effort(20'000);
  Group group;
  std::vector<Ends> pairs;
  for (int i = 0; i < 4; ++i) pairs.push_back(i % 2 == 0 ? socket_pair() : pipe_ends());
  for (size_t i = 0; i < 4; i += 2) {
    const auto play = [&, rounds](int from, int to, bool serves, uint64_t seed) {
      goc::Rand rand(seed);
      char byte = 'a';
      for (int64_t round = 0; round < rounds; ++round) {
        if (serves) expect_written(to, &byte);
        for (uint32_t yields = rand.below(3); yields > 0; --yields) goc_yield();
        expect_read(from, &byte);
        if (!serves) expect_written(to, &byte);
      }
    };
    group.go([=, &pairs] { play(pairs[i].in, pairs[i + 1].in, true, i + 1); });
    // What comes through the pipe goes back through the socket.
    group.go([=, &pairs] { play(pairs[i + 1].out, pairs[i].out, false, i + 2); });
  }
  group.wait();
}

// From a thread, at moments that no goroutine decides.
TEST_P(Load, StressNoEdgeOfAThreadIsMissed) {
  const Ends ends = socket_pair();
  const int64_t rounds = effort(5'000);
  std::thread thread([&] {
    goc::Rand rand(7);
    for (int64_t i = 0; i < rounds; ++i) {
      char byte = 'a';
      for (uint32_t pauses = rand.below(2'000); pauses > 0; --pauses) goc::cpu_relax();
      if (write(ends.in, &byte, 1) != 1 || recv(ends.in, &byte, 1, 0) != 1) break;
    }
  });
  Group group;
  group.go([&] {
    char byte;
    for (int64_t i = 0; i < rounds; ++i) {
      expect_read(ends.out, &byte);
      expect_written(ends.out, &byte);
    }
  });
  group.wait();
  shutdown(ends.out, SHUT_RDWR);
  thread.join();
}

TEST_P(Load, StressReadersAndWritersShareAPipe) {
  const Ends ends = pipe_ends();
  const int64_t each = effort(200'000);
  goc::Atom<int64_t> read_bytes{0};
  Group writers;
  Group readers;
  for (int i = 0; i < 4; ++i) {
    writers.go([&] {
      const std::string text(static_cast<size_t>(each), 'x');
      write_text(ends.in, text);
    });
    readers.go([&] {
      char part[1000];
      for (int64_t got; (got = goc_read(ends.out, part, sizeof part, soon())) != 0;) {
        ASSERT_GT(got, 0);
        read_bytes += got;
      }
    });
  }
  writers.wait();
  const_cast<Ends&>(ends).in.reset();
  readers.wait();
  EXPECT_EQ(read_bytes, 4 * each);
}

TEST_P(Load, ScaleTenThousandIdleConnectionsAndOneThatIsNot) {
  const int room = (raise_limit() - 100) / 2;
  const int idle = std::min(static_cast<int>(effort(10'000)), room);
  const Listener listener(4096);
  Group group;
  const auto serve = [](Fd fd) {
    char byte;
    while (goc_read(fd, &byte, 1, GOC_FOREVER) == 1) expect_written(fd, &byte);
  };
  std::vector<int> served;
  std::vector<Fd> clients;
  for (int i = 0; i < idle; ++i) {
    clients.push_back(listener.connected());
    served.push_back(listener.accepted().release());
    group.go([=, fd = served.back()] { serve(Fd(fd)); });
  }
  for (const int fd : served) until_blocked(fd, GOC_READ);
  const auto play = [](int fd, int rounds) {
    for (char byte = 'a'; rounds > 0; --rounds) {
      expect_written(fd, &byte);
      expect_read(fd, &byte);
    }
  };
  goc_test::run([&] { play(clients[0], 1'000); });
  for (const Fd& client : clients) play(client, 1);  // each of them is still served
  clients.clear();
  group.wait();
}

TEST_P(Load, StressConnectionsComeAndGo) {
  const Listener listener;
  const int64_t clients = effort(2'000);
  Group group;
  group.go([&] {
    for (int64_t i = 0; i < clients; ++i)
      group.go([fd = listener.accepted().release()] {
        const Fd connection(fd);
        write_text(connection, read_text(connection, 3));
      });
  });
  for (int crowd = 0; crowd < 8; ++crowd)
    group.go([&] {
      for (int64_t i = 0; i < clients / 8; ++i) {
        const Fd client = listener.connected();
        write_text(client, "abc");
        EXPECT_EQ(read_text(client, 3), "abc");
      }
    });
  for (int64_t i = clients / 8 * 8; i < clients; ++i) {
    const Fd client = listener.connected();
    write_text(client, "abc");
    EXPECT_EQ(read_text(client, 3), "abc");
  }
  group.wait();
}

}  // namespace
