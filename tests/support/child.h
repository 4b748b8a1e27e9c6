// Programs that a test runs as processes of their own.
#pragma once

#include <gtest/gtest.h>
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
    char buffer[4096];
    for (ssize_t got; (got = read(output_, buffer, sizeof buffer)) > 0;)
      printed_.append(buffer, got);
    return pid_ > 0 ? status_of(pid_) : 127;
  }
  // After status().
  const std::string& printed() const { return printed_; }

 private:
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
