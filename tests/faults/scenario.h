// What a program does with the library from start to end, prepared for every call to fail for want of
// memory, threads or descriptors: each part undoes what it has begun.
#pragma once

namespace goc_test {

// Runs all of it, on this thread and on goroutines. Fails the test at a result that is not documented,
// at a value that is lost, and if what was started does not come to its end.
void run_scenario();

// The parts and how often each has been carried out to its end, for the tests of the tests.
struct Completed {
  int channels, goroutines, selects, timers, locks, groups, contexts, ports, stand_ins, descriptors;
};
Completed completed();

}  // namespace goc_test
