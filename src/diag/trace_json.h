// A trace in Chrome's format, which Perfetto and chrome://tracing open: the object form, with an array
// `traceEvents`.
//
//   process, threads   M   the program; a track for each worker, for each other thread, and the monitor
//   goroutine          X   while it runs: {"goroutine", "ended", "woken by"}
//   wake, go           s f from the moment that it is made ready or is created to its start
//   ready, go          i   the same moments; on a track without goroutines X, since flows need a slice
//   timer, poll        X   a timer has fired, or descriptors are ready, and whom that wakes
//   blocking call      X   of a goroutine, on the worker's own stack
//   stall              X   within the slice of a goroutine that has not switched for long
//   steal, compensate  i
// Times are microseconds since the recording began, with three digits behind the point.
#pragma once

#include "trace/recorder.h"

namespace goc::diag {

// Writes the file. False if the system refuses, with errno. Throws std::bad_alloc.
bool write_trace(int fd, const trace::Snapshot& snapshot);

}  // namespace goc::diag
