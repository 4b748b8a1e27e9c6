// walk.h: finds the regular files of a directory tree.
#pragma once

#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

// Calls on_file(path) for every regular file at or below root, links to regular files included, and
// on_error(path, error) for what cannot be looked at; neither ends the walk. A link to a directory
// is entered only if it is root itself, so that no loop is possible.
//
// The directories to do are kept in a vector rather than on the stack: a tree may be deeper than
// the stack of a goroutine.
template <typename OnFile, typename OnError>
void walk(const std::filesystem::path& root, OnFile on_file, OnError on_error) {
  namespace fs = std::filesystem;
  std::vector<fs::path> directories;

  const auto visit = [&](const fs::path& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (error) return on_error(path, error);
    if (fs::is_regular_file(status)) return on_file(path);
    if (!fs::is_directory(status)) return;  // pipes, sockets and devices have nothing to hash
    if (&path == &root || !fs::is_symlink(path, error)) directories.push_back(path);
  };

  visit(root);
  while (!directories.empty()) {
    const fs::path directory = std::move(directories.back());
    directories.pop_back();
    std::error_code error;
    fs::directory_iterator entry(directory, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      visit(entry->path());
    }
    if (error) on_error(directory, error);
  }
}
