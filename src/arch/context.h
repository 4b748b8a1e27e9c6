// The context switch: leaves one stack and continues on another.
//
// A context is the stack pointer of a suspended stack. On it lie, lowest first, the floating-point
// control words, the callee-saved registers and the address to continue at; nothing else of the
// processor's state survives a function call. errno and the C++ exception globals belong to the
// thread and are handled by thread_state.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/context_frame.h"

namespace goc {

static_assert(GOC_FRAME_SIZE % 16 == 0, "a new stack begins aligned");
static_assert(GOC_FRAME_RETURN + 8 <= GOC_FRAME_SIZE && GOC_FRAME_ENTRY < GOC_FRAME_RETURN);
#if defined(__x86_64__)
static_assert(GOC_FRAME_RETURN == GOC_FRAME_CONTROL + 8 + 6 * 8, "control words, six registers");
#elif defined(__aarch64__)
static_assert(GOC_FRAME_CONTROL == 12 * 8 + 8 * 8, "x19 to x30, d8 to d15");
#endif

extern "C" {
// Saves the caller's context in *save and continues `to`; `transfer` becomes the result of the
// context_switch call (or the argument of the entry function) on the other side.
void* goc_context_switch(void** save, void* to, void* transfer) noexcept;
// Within it: a thread that stood here with a saved context as its stack pointer would continue that
// context. For debuggers, to which the switch's CFI then tells the registers.
extern const char goc_context_resumed[];
// First code on a new stack: calls the entry function with the transfer value.
void goc_context_entry() noexcept;
}

// Where a suspended context has the registers that a caller keeps, in DWARF's numbers: they are as at
// the first instruction of goc_context_switch if the stack pointer is that many bytes above it.
struct SavedRegister {
  int number;
  size_t offset;
};
#if defined(__x86_64__)
inline constexpr SavedRegister kSavedRegisters[] = {{3, 40},  {6, 48},  {12, 8},
                                                    {13, 16}, {14, 24}, {15, 32}};
inline constexpr int kStackPointer = 7;
inline constexpr size_t kAtSwitch = GOC_FRAME_RETURN;
#elif defined(__aarch64__)
inline constexpr SavedRegister kSavedRegisters[] = {{19, 0},  {20, 8},  {21, 16}, {22, 24},
                                                    {23, 32}, {24, 40}, {25, 48}, {26, 56},
                                                    {27, 64}, {28, 72}, {29, 80}, {30, 88}};
inline constexpr int kStackPointer = 31;
inline constexpr size_t kAtSwitch = GOC_FRAME_SIZE;
#endif

// A context on a new stack that ends at `top` (16-byte aligned); switching to it calls
// entry(transfer), which must not return.
inline void* context_make(void* top, void (*entry)(void*)) {
  auto* frame = reinterpret_cast<uint64_t*>(static_cast<char*>(top) - GOC_FRAME_SIZE);
  for (size_t i = 0; i < GOC_FRAME_SIZE / 8; ++i) frame[i] = 0;
#if defined(__x86_64__)
  frame[GOC_FRAME_CONTROL / 8] =
      0x1F80 | (uint64_t{0x037F} << 32);  // the ABI's initial control words
#endif
  frame[GOC_FRAME_ENTRY / 8] = reinterpret_cast<uint64_t>(entry);
  frame[GOC_FRAME_RETURN / 8] = reinterpret_cast<uint64_t>(&goc_context_entry);
  return frame;
}

}  // namespace goc
