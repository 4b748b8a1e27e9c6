/* Offsets in a suspended stack's frame, shared by C++ and assembly. */
#if defined(__x86_64__)
#define GOC_FRAME_CONTROL 0 /* MXCSR, then the x87 control word */
#define GOC_FRAME_ENTRY 8   /* r12: on a new stack, the entry function */
#define GOC_FRAME_RETURN 56
#define GOC_FRAME_SIZE 80
#elif defined(__aarch64__)
#define GOC_FRAME_CONTROL 160 /* FPCR */
#define GOC_FRAME_ENTRY 0     /* x19: on a new stack, the entry function */
#define GOC_FRAME_RETURN 88   /* x30 */
#define GOC_FRAME_SIZE 176
#else
#error "goconc: no context switch for this processor"
#endif
