// arch/context_*.S: the callee-saved registers survive a switch, each by itself.
#include <gtest/gtest.h>

#include <array>

#include "arch/context.h"
#include "arch/switch.h"
#include "base/os.h"

namespace {

#if defined(__x86_64__)
constexpr size_t kRegisters = 6;  // rbx, rbp, r12 to r15
#elif defined(__aarch64__)
constexpr size_t kRegisters = 19;  // x19 to x29, d8 to d15
#endif
using Registers = std::array<uint64_t, kRegisters>;

// goc_context_switch(save, to, nullptr) with the callee-saved registers loaded from `values`, to
// which they are stored afterwards.
extern "C" void goc_test_switch(void** save, void* to, uint64_t* values);

#if defined(__x86_64__)
__asm__(R"(
        .text
        .type   goc_test_switch, @function
goc_test_switch:
        pushq   %rbx
        pushq   %rbp
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
        pushq   %rdx
        movq    0(%rdx), %rbx
        movq    8(%rdx), %rbp
        movq    16(%rdx), %r12
        movq    24(%rdx), %r13
        movq    32(%rdx), %r14
        movq    40(%rdx), %r15
        xorl    %edx, %edx
        callq   goc_context_switch
        popq    %rdx
        movq    %rbx, 0(%rdx)
        movq    %rbp, 8(%rdx)
        movq    %r12, 16(%rdx)
        movq    %r13, 24(%rdx)
        movq    %r14, 32(%rdx)
        movq    %r15, 40(%rdx)
        popq    %r15
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rbp
        popq    %rbx
        ret
        .size   goc_test_switch, .-goc_test_switch
)");
#elif defined(__aarch64__)
__asm__(R"(
        .text
        .type   goc_test_switch, %function
goc_test_switch:
        sub     sp, sp, #176
        stp     x19, x20, [sp, #0]
        stp     x21, x22, [sp, #16]
        stp     x23, x24, [sp, #32]
        stp     x25, x26, [sp, #48]
        stp     x27, x28, [sp, #64]
        stp     x29, x30, [sp, #80]
        stp     d8, d9, [sp, #96]
        stp     d10, d11, [sp, #112]
        stp     d12, d13, [sp, #128]
        stp     d14, d15, [sp, #144]
        str     x2, [sp, #160]
        ldp     x19, x20, [x2, #0]
        ldp     x21, x22, [x2, #16]
        ldp     x23, x24, [x2, #32]
        ldp     x25, x26, [x2, #48]
        ldp     x27, x28, [x2, #64]
        ldr     x29, [x2, #80]
        ldp     d8, d9, [x2, #88]
        ldp     d10, d11, [x2, #104]
        ldp     d12, d13, [x2, #120]
        ldp     d14, d15, [x2, #136]
        mov     x2, xzr
        bl      goc_context_switch
        ldr     x2, [sp, #160]
        stp     x19, x20, [x2, #0]
        stp     x21, x22, [x2, #16]
        stp     x23, x24, [x2, #32]
        stp     x25, x26, [x2, #48]
        stp     x27, x28, [x2, #64]
        str     x29, [x2, #80]
        stp     d8, d9, [x2, #88]
        stp     d10, d11, [x2, #104]
        stp     d12, d13, [x2, #120]
        stp     d14, d15, [x2, #136]
        ldp     x19, x20, [sp, #0]
        ldp     x21, x22, [sp, #16]
        ldp     x23, x24, [sp, #32]
        ldp     x25, x26, [sp, #48]
        ldp     x27, x28, [sp, #64]
        ldp     x29, x30, [sp, #80]
        ldp     d8, d9, [sp, #96]
        ldp     d10, d11, [sp, #112]
        ldp     d12, d13, [sp, #128]
        ldp     d14, d15, [sp, #144]
        add     sp, sp, #176
        ret
        .size   goc_test_switch, .-goc_test_switch
)");
#endif

void* g_thread_sp;
void* g_other_sp;
Registers* g_others;

// Switches back at once, each time with its own values, and checks nothing itself: the sanitizers
// do not know this stack, and no instrumented code runs on it.
__attribute__((no_sanitize("address", "thread"))) void other_side(void*) {
  for (;;) goc_test_switch(&g_other_sp, g_thread_sp, g_others->data());
}

Registers pattern(uint64_t seed) {
  Registers values;
  for (size_t i = 0; i < kRegisters; ++i) values[i] = seed * 0x0101010101010101 + i;
  return values;
}

TEST(ContextRegisters, EachSideFindsItsOwnAgain) {
  constexpr size_t kBytes = 64 * 1024;
  void* memory = goc::os::map(kBytes);
  Registers others = pattern(0x80);
  g_others = &others;
  g_other_sp = goc::context_make(static_cast<char*>(memory) + kBytes, &other_side);
  for (uint64_t seed = 1; seed < 100; ++seed) {
    Registers mine = pattern(seed);
    goc_test_switch(&g_thread_sp, g_other_sp, mine.data());
    EXPECT_EQ(mine, pattern(seed));
    EXPECT_EQ(others, pattern(0x80));
  }
  goc::os::unmap(memory, kBytes);
}

}  // namespace
