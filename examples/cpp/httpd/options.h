// options.h: the command line of httpd, and the socket it listens on.
#pragma once

#include <goconc/goconc.hpp>
#include <netinet/in.h>
#include <unistd.h>

#include <climits>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

inline constexpr char usage[] =
    "Usage: httpd [-p PORT] [-n REQUESTS] [DIRECTORY]\n"
    "Serves the files below DIRECTORY (default: .) on the loopback interface until SIGINT or "
    "SIGTERM.\n"
    "\n"
    "  -p PORT      listen there (default: 0, one that is free)\n"
    "  -n REQUESTS  end after so many requests\n"
    "  --help       show this\n";

struct options {
  std::uint16_t port = 0;
  long requests = LONG_MAX;
  std::filesystem::path root = ".";
};

// Ends the program after --help and for a wrong option.
inline options parse_options(int argc, char** argv) {
  options opts;
  if (argc > 1 && std::strcmp(argv[1], "--help") == 0) std::exit(std::fputs(usage, stdout) < 0);
  for (int option; (option = getopt(argc, argv, "p:n:")) != -1;) {
    if (option == 'p') opts.port = static_cast<std::uint16_t>(std::atoi(optarg));
    if (option == 'n') opts.requests = std::atol(optarg);
    if (option == '?' || opts.requests < 1) {
      std::fputs(usage, stderr);
      std::exit(2);
    }
  }
  if (optind < argc) opts.root = argv[optind];
  std::error_code error;
  opts.root = std::filesystem::canonical(opts.root, error);
  if (error || !std::filesystem::is_directory(opts.root)) {
    std::fprintf(stderr, "httpd: no such directory\n");
    std::exit(2);
  }
  return opts;
}

// Says where on standard output.
inline goconc::descriptor listen_on(std::uint16_t port) {
  goconc::descriptor listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  socklen_t len = sizeof address;
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* at = reinterpret_cast<sockaddr*>(&address);
  const int yes = 1;
  setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(listener.get(), at, len) != 0 || listen(listener.get(), SOMAXCONN) != 0 ||
      getsockname(listener.get(), at, &len) != 0) {
    std::perror("httpd");
    std::exit(1);
  }
  std::printf("listening on http://127.0.0.1:%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return listener;
}
