// goconc/goconc.hpp: goroutines, channels and select for C++17, header-only over the C interface.
//
//   goconc::chan<std::string> lines(16);
//   goconc::go([=] { lines.send("hello"); lines.close(); });
//   for (std::string& line : lines) std::puts(line.c_str());
//
// Everything here may be used from goroutines and from plain threads. Objects are handles: a copy
// refers to the same channel, WaitGroup or Once, and a const one can do what another can, so a lambda
// that captures them needs no `mutable`. Times are std::chrono durations. Errors are thrown as
// goconc::error; running into a closed channel or a time-out on the receiving side is not an error
// but an empty result. Rules for goroutines (migration, thread-locals, stacks) stand in goroutine.h.
// An exception that leaves a goroutine ends the process with its what().
//
// SPDX-License-Identifier: Apache-2.0
#ifndef GOCONC_GOCONC_HPP
#define GOCONC_GOCONC_HPP

/* IWYU pragma: begin_exports */
#include <goconc/channel.hpp>
#include <goconc/context.hpp>
#include <goconc/error.hpp>
#include <goconc/goconc.h>
#include <goconc/goroutine.hpp>
#include <goconc/group.hpp>
#include <goconc/io.hpp>
#include <goconc/select.hpp>
#include <goconc/sync.hpp>
#include <goconc/time.hpp>
/* IWYU pragma: end_exports */

#endif
