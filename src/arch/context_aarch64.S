/* The context switch for aarch64 (AAPCS64): see context.h. */
#if defined(__aarch64__)
#include "arch/context_frame.h"

        .text
        .globl  goc_context_switch, goc_context_resumed
        .hidden goc_context_switch, goc_context_resumed
        .type   goc_context_switch, %function
        .p2align 5
goc_context_switch:                     /* x0: save, x1: to, x2: transfer */
        .cfi_startproc
        sub     sp, sp, #GOC_FRAME_SIZE
        .cfi_adjust_cfa_offset GOC_FRAME_SIZE
        stp     x19, x20, [sp, #0]
        .cfi_rel_offset x19, 0
        .cfi_rel_offset x20, 8
        stp     x21, x22, [sp, #16]
        .cfi_rel_offset x21, 16
        .cfi_rel_offset x22, 24
        stp     x23, x24, [sp, #32]
        .cfi_rel_offset x23, 32
        .cfi_rel_offset x24, 40
        stp     x25, x26, [sp, #48]
        .cfi_rel_offset x25, 48
        .cfi_rel_offset x26, 56
        stp     x27, x28, [sp, #64]
        .cfi_rel_offset x27, 64
        .cfi_rel_offset x28, 72
        stp     x29, x30, [sp, #80]
        .cfi_rel_offset x29, 80
        .cfi_rel_offset x30, 88
        stp     d8, d9, [sp, #96]
        stp     d10, d11, [sp, #112]
        stp     d12, d13, [sp, #128]
        stp     d14, d15, [sp, #144]
        mrs     x9, fpcr
        str     x9, [sp, #GOC_FRAME_CONTROL]

        mov     x10, sp
        str     x10, [x0]
        mov     sp, x1                  /* the same CFI describes both stacks */
goc_context_resumed:

        ldr     x10, [sp, #GOC_FRAME_CONTROL]
        cmp     x9, x10
        b.eq    1f
        msr     fpcr, x10
1:      ldp     x19, x20, [sp, #0]
        ldp     x21, x22, [sp, #16]
        ldp     x23, x24, [sp, #32]
        ldp     x25, x26, [sp, #48]
        ldp     x27, x28, [sp, #64]
        ldp     x29, x30, [sp, #80]
        ldp     d8, d9, [sp, #96]
        ldp     d10, d11, [sp, #112]
        ldp     d12, d13, [sp, #128]
        ldp     d14, d15, [sp, #144]
        add     sp, sp, #GOC_FRAME_SIZE
        .cfi_adjust_cfa_offset -GOC_FRAME_SIZE
        mov     x0, x2
        ret
        .cfi_endproc
        .size   goc_context_switch, .-goc_context_switch

        .globl  goc_context_entry
        .hidden goc_context_entry
        .type   goc_context_entry, %function
        .p2align 4
goc_context_entry:                      /* x0: transfer, x19: entry */
        .cfi_startproc
        .cfi_undefined x30              /* the outermost frame */
        mov     x29, xzr
        mov     x30, xzr
        blr     x19
        brk     #1
        .cfi_endproc
        .size   goc_context_entry, .-goc_context_entry
#endif

        .section .note.GNU-stack, "", %progbits
