// Reports that come by themselves, as the environment wishes: a dump on a signal (GOCONC_DUMP_SIGNAL),
// the leaked goroutines at a shutdown (GOCONC_DUMP_LEAKS), a line on the scheduler every so often
// (GOCONC_SCHEDTRACE); and a dump before the process ends by a fatal error.
//
// Who asks for a dump may be a signal handler, or hold any lock: it only counts a wish and pokes the
// monitor (D1), which starts a thread for it at its next tick (D2). That writes the dump to standard
// error and says so (D3). Who dies waits for that, but not for long: it may hold what the thread needs.
// The monitor itself writes no dump: it may take long, and meanwhile nobody would see to stalls.
// Memory order: `wishes` (release, acquire) and `done` (release, acquire).
#pragma once

namespace goc {

// Once, while the library is loaded.
void watch();
// In a fork's child: nobody makes a dump.
void forget_dumps();

}  // namespace goc
