// Programs that a test runs as processes of their own.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

namespace goc_test {

// Waits for the child: its exit status, or minus the signal that ended it.
inline int status_of(pid_t child) {
  int status = 0;
  pid_t ended;
  do ended = waitpid(child, &status, 0);
  while (ended < 0 && errno == EINTR);
  EXPECT_EQ(ended, child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

inline int status_of(std::string program, std::vector<std::string> arguments) {
  std::vector<char*> argv{program.data()};
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_t child = -1;
  EXPECT_EQ(posix_spawn(&child, program.c_str(), nullptr, nullptr, argv.data(), environ), 0)
      << program;
  return child > 0 ? status_of(child) : 127;
}

// A program that runs, and what it prints on both streams.
class Child {
 public:
  // With the environment of this process, and more.
  Child(std::string program, std::vector<std::string> arguments,
        std::vector<std::string> environment = {}) {
    std::vector<char*> argv = pointers_to(arguments);
    argv.insert(argv.begin(), program.data());
    std::vector<char*> env = pointers_to(environment);
    for (char** each = environ; *each != nullptr; ++each) env.insert(env.end() - 1, *each);
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (const int stream : {STDOUT_FILENO, STDERR_FILENO})
      posix_spawn_file_actions_adddup2(&actions, ends[1], stream);
    for (const int end : ends) posix_spawn_file_actions_addclose(&actions, end);
    EXPECT_EQ(posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), env.data()), 0)
        << program;
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    output_ = ends[0];
  }
  ~Child() { close(output_); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Waits for its end. Once.
  int status() {
    while (read_some()) {
    }
    return pid_ > 0 ? status_of(pid_) : 127;
  }
  // Waits until it has printed the text; false if it ends before.
  bool prints(const std::string& text) {
    while (printed_.find(text) == std::string::npos)
      if (!read_some()) return false;
    return true;
  }
  // What has been read by these.
  const std::string& printed() const { return printed_; }
  void signal(int number) const { EXPECT_EQ(kill(pid_, number), 0); }

 private:
  bool read_some() {
    char buffer[4096];
    const ssize_t got = read(output_, buffer, sizeof buffer);
    if (got > 0) printed_.append(buffer, static_cast<size_t>(got));
    return got > 0 || (got < 0 && errno == EINTR);
  }

  static std::vector<char*> pointers_to(std::vector<std::string>& strings) {
    std::vector<char*> pointers;
    for (std::string& string : strings) pointers.push_back(string.data());
    pointers.push_back(nullptr);
    return pointers;
  }

  pid_t pid_ = -1;
  int output_ = -1;
  std::string printed_;
};

}  // namespace goc_test
