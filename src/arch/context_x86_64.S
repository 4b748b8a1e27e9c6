/* The context switch for x86_64 (System V ABI): see context.h.
 *
 * The control words are loaded only where they differ: loading them costs more than the rest.
 * The stack is left by `ret`, not by a jump: goroutines park through the same calls, so the return
 * predictor's entries fit the other goroutine too. */
#if defined(__x86_64__)
#include "arch/context_frame.h"

        .text
        .globl  goc_context_switch, goc_context_resumed
        .hidden goc_context_switch, goc_context_resumed
        .type   goc_context_switch, @function
        .p2align 5
goc_context_switch:                     /* rdi: save, rsi: to, rdx: transfer */
        .cfi_startproc
        endbr64
        pushq   %rbp
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbp, 0
        pushq   %rbx
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbx, 0
        pushq   %r15
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r15, 0
        pushq   %r14
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r14, 0
        pushq   %r13
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r13, 0
        pushq   %r12
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r12, 0
        subq    $8, %rsp
        .cfi_adjust_cfa_offset 8
        stmxcsr GOC_FRAME_CONTROL(%rsp)
        fnstcw  GOC_FRAME_CONTROL+4(%rsp)

        movq    %rsp, (%rdi)
        movl    GOC_FRAME_CONTROL(%rsp), %eax
        movzwl  GOC_FRAME_CONTROL+4(%rsp), %ecx
        movq    %rsi, %rsp              /* the same CFI describes both stacks */
goc_context_resumed:

        cmpl    %eax, GOC_FRAME_CONTROL(%rsp)
        jne     2f
1:      cmpw    %cx, GOC_FRAME_CONTROL+4(%rsp)
        jne     3f
4:      addq    $8, %rsp
        .cfi_adjust_cfa_offset -8
        popq    %r12
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r12
        popq    %r13
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r13
        popq    %r14
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r14
        popq    %r15
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r15
        popq    %rbx
        .cfi_adjust_cfa_offset -8
        .cfi_restore %rbx
        popq    %rbp
        .cfi_adjust_cfa_offset -8
        .cfi_restore %rbp
        movq    %rdx, %rax
        movq    %rdx, %rdi
        ret
        .cfi_adjust_cfa_offset 56
        .cfi_rel_offset %rbp, 48
        .cfi_rel_offset %rbx, 40
        .cfi_rel_offset %r15, 32
        .cfi_rel_offset %r14, 24
        .cfi_rel_offset %r13, 16
        .cfi_rel_offset %r12, 8
2:      ldmxcsr GOC_FRAME_CONTROL(%rsp)
        jmp     1b
3:      fldcw   GOC_FRAME_CONTROL+4(%rsp)
        jmp     4b
        .cfi_endproc
        .size   goc_context_switch, .-goc_context_switch

        .globl  goc_context_entry
        .hidden goc_context_entry
        .type   goc_context_entry, @function
        .p2align 4
goc_context_entry:                      /* rdi: transfer, r12: entry */
        .cfi_startproc
        .cfi_undefined %rip             /* the outermost frame */
        endbr64
        xorl    %ebp, %ebp
        callq   *%r12
        ud2
        .cfi_endproc
        .size   goc_context_entry, .-goc_context_entry
#endif

        .section .note.GNU-stack, "", %progbits
