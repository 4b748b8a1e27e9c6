/* A program without goconc. */
__attribute__((noinline)) static void look(void) { __asm__ volatile(""); }

int main(void) { look(); }
