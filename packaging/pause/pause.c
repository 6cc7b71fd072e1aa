/* PID 1 of a pause container: it keeps the task's namespaces alive, reaps what is orphaned into it,
 * and ends at once when it is asked to. Raw system calls and no C library, so that it is a few kB
 * that run anywhere, on a read-only root without capabilities. */

typedef unsigned long word;

enum { sig_block = 0, sigint = 2, sigterm = 15, sigchld = 17, wnohang = 1 };

#if defined(__x86_64__)
enum { nr_rt_sigprocmask = 14, nr_wait4 = 61, nr_rt_sigtimedwait = 128, nr_exit_group = 231 };

static long system_call(long number, word a, word b, word c, word d) {
    long result;
    register word r10 __asm__("r10") = d;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
                     : "rcx", "r11", "memory");
    return result;
}

/* The kernel aligns the stack for _start, a C function expects the place of a return address. */
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tcall run\n");
#elif defined(__aarch64__)
enum { nr_rt_sigprocmask = 135, nr_wait4 = 260, nr_rt_sigtimedwait = 137, nr_exit_group = 94 };

static long system_call(long number, word a, word b, word c, word d) {
    register long x8 __asm__("x8") = number;
    register word x0 __asm__("x0") = a;
    register word x1 __asm__("x1") = b;
    register word x2 __asm__("x2") = c;
    register word x3 __asm__("x3") = d;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
    return (long)x0;
}

__asm__(".globl _start\n_start:\n\tmov x29, xzr\n\tmov x30, xzr\n\tb run\n");
#else
#error "the pause program knows x86_64 and aarch64 only"
#endif

static word bit(int signal) {
    return 1UL << (signal - 1);
}

__attribute__((noreturn, used)) void run(void) {
    /* Blocked before anything else: a signal that comes now is found by the first wait. */
    const word set = bit(sigint) | bit(sigterm) | bit(sigchld);
    system_call(nr_rt_sigprocmask, sig_block, (word)&set, 0, sizeof set);
    for (;;) {
        const long signal = system_call(nr_rt_sigtimedwait, (word)&set, 0, 0, sizeof set);
        if (signal == sigint || signal == sigterm)
            for (;;)
                system_call(nr_exit_group, 0, 0, 0, 0);
        /* One SIGCHLD may stand for several children; none left, or an interruption, does no harm.
         */
        while (system_call(nr_wait4, (word)-1L, 0, wnohang, 0) > 0) {
        }
    }
}
