// The door to the operating system for files that are written whole.
#pragma once

#include <cstddef>

namespace goc::os {

// Makes the file, or empties it; closed by exec. -1 with errno if it cannot be had.
int file_create(const char* path);
// Empties the file again, where the system can.
void file_rewind(int fd);
// Writes all; false with errno.
bool file_write(int fd, const void* data, size_t size);
void file_close(int fd);

unsigned process_id();
// The name of the running program, at most `size` - 1 bytes.
void program_name(char* name, size_t size);

}  // namespace goc::os
