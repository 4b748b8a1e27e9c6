// Reports on goroutines as text: all of them, or those that are leaked.
//
// Goroutines that are alike (in state, reason, stack, and where they were started) share a paragraph.
// One dump is made at a time. It is made on the stack of a thread: libdw wants more than a goroutine
// may have.
#pragma once

namespace goc {

// Writes what every goroutine is doing. From any thread or goroutine, which must not hold a lock of the
// runtime; nobody is stopped meanwhile. Returns a goc_result.
int dump(int fd);

// In a fork's child: the thread that was making one is not there.
void forget_dump_in_progress();

// Writes those that wait for channels that nobody holds, unless fd is -1; their number, or an error.
int leaks(int fd);

}  // namespace goc
