// The door to Linux's files: see os_file.h.
#include <errno.h>  // program_invocation_short_name
#include <fcntl.h>
#include <unistd.h>

#include <cstring>

#include "base/os.h"
#include "base/os_file.h"

namespace goc::os {

int file_create(const char* path) {
  return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
}

// Not a pipe.
void file_rewind(int fd) {
  if (lseek(fd, 0, SEEK_SET) != 0 || ftruncate(fd, 0) != 0) return;
}

bool file_write(int fd, const void* data, size_t size) {
  const char* at = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t written = write(fd, at, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    at += written;
    size -= static_cast<size_t>(written);
  }
  return true;
}

void file_close(int fd) { close(fd); }

unsigned process_id() { return static_cast<unsigned>(getpid()); }

void program_name(char* name, size_t size) {
  std::strncpy(name, program_invocation_short_name, size - 1);
  name[size - 1] = 0;
}

}  // namespace goc::os
