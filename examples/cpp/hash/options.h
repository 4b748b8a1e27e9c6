// options.h: the command line of hash.
#pragma once

#include <goconc/goconc.hpp>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

inline constexpr char usage[] =
    "Usage: hash [-j N] [PATH]...\n"
    "Prints the SHA-256 of every regular file at or below each PATH (default: .), as sha256sum\n"
    "does, in the order in which they are ready.\n"
    "\n"
    "  -j N    hash N files at the same time (default: one for each processor)\n"
    "  --help  show this\n"
    "\n"
    "Links to files are followed, links to directories only if given as PATH. What cannot be\n"
    "read, dangling links too, is reported and makes the exit status 1; a wrong option, 2.\n";

struct options {
  int workers = goconc::max_procs();
  std::vector<std::string> roots;
};

// Ends the program after --help and for a wrong option.
inline options parse_options(int argc, char** argv) {
  options opts;
  if (argc > 1 && std::strcmp(argv[1], "--help") == 0) std::exit(std::fputs(usage, stdout) < 0);
  for (int option; (option = getopt(argc, argv, "j:")) != -1;) {
    if (option == 'j') opts.workers = std::atoi(optarg);
    if (option == '?' || opts.workers < 1) {
      std::fputs(usage, stderr);
      std::exit(2);
    }
  }
  opts.roots.assign(argv + optind, argv + argc);
  if (opts.roots.empty()) opts.roots = {"."};
  return opts;
}
