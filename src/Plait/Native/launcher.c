/*
 * Starts children, and the guard that ends them when Plait dies. In C, because nothing that needs the runtime may run between
 * fork and exec, or in a process that was forked and never executes (G7, G13). ChildLauncher.cs is the only caller.
 *
 * In the program this file is linked in; the library has it as a shared object beside it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000 /* Linux 5.2 */
#endif
#ifndef SYS_close_range
#define SYS_close_range 436 /* Linux 5.9 */
#endif
#define CLOSE_ON_EXEC (1U << 2) /* CLOSE_RANGE_CLOEXEC, Linux 5.11 */

enum { MOST_WATCHED = 4096, STACK = 16384, MOST_DESCRIPTORS = 65536 };

/* What the child needs to know. It shares our memory until it executes, so it writes its error here. */
struct start {
    const char *program;
    char *const *arguments;
    char *const *environment;
    const int *streams; /* become 0, 1 and 2 */
    int guard;          /* the guard's pipe, or -1 */
    pid_t parent;
    int error;
};

/* Signals as a program expects them at its start. What is ignored stays ignored, except SIGPIPE, which the program ignores for itself, and
 * SIGCHLD. The table of handlers is the child's own: clone without CLONE_SIGHAND. */
static void reset_signals(void)
{
    struct sigaction action;
    sigset_t none;
    for (int signal = 1; signal < NSIG; signal++) {
        if (sigaction(signal, NULL, &action) == 0 && (action.sa_handler != SIG_IGN || signal == SIGPIPE || signal == SIGCHLD)) {
            action.sa_handler = SIG_DFL;
            action.sa_flags = 0;
            sigaction(signal, &action, NULL);
        }
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static int become(void *argument)
{
    struct start *start = argument;
    /* A group of its own: a wrapper's program is reached with the wrapper, and a Ctrl-C at a terminal reaches Plait alone. */
    setsid();
    /* Beside the guard. The kernel drops it if the program has file capabilities. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != start->parent) {
        _exit(127); /* Plait has died already */
    }

    pid_t self = getpid();
    if (start->guard >= 0 && write(start->guard, &self, sizeof self) != sizeof self) {
        start->error = EPIPE; /* no guard, no child; the caller starts another guard */
        _exit(127);
    }

    /* Out of the way first: a stream may have a number that another is to get. */
    int streams[3];
    for (int i = 0; i < 3; i++) {
        streams[i] = fcntl(start->streams[i], F_DUPFD_CLOEXEC, 3);
        if (streams[i] < 0) {
            start->error = errno;
            _exit(127);
        }
    }
    for (int i = 0; i < 3; i++) {
        dup2(streams[i], i); /* clears close-on-exec */
    }

    syscall(SYS_close_range, 3U, ~0U, CLOSE_ON_EXEC); /* ours are marked already; what our parent left open is not */
    reset_signals();
    execve(start->program, start->arguments, start->environment);
    start->error = errno;
    _exit(127);
}

/*
 * Starts a program. The guard knows its process id before the program runs, so that no moment is left in which Plait could be
 * killed and leave it behind. The calling thread waits until the program has been executed; it must outlive the child, for
 * the kernel takes the end of this thread for the end of the parent (PR_SET_PDEATHSIG).
 *
 * pidfd: a descriptor that becomes readable when the child ends, or -1 on a kernel without (before Linux 5.2).
 * Returns its process id, or -errno.
 */
int plait_start(const char *program, char *const *arguments, char *const *environment, const int *streams, int guard, int *pidfd)
{
    struct start start = {program, arguments, environment, streams, guard, getpid(), 0};
    char stack[STACK] __attribute__((aligned(16)));
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* no handler of ours runs in the child */
    *pidfd = -1;
    int flags = CLONE_VM | CLONE_VFORK;
    pid_t child = clone(become, stack + STACK, flags | CLONE_PIDFD, &start, pidfd);
    if (child < 0 && (errno == EINVAL || errno == ENOSYS || errno == EPERM)) {
        *pidfd = -1;
        child = clone(become, stack + STACK, flags, &start);
    }
    int error = child < 0 ? errno : start.error;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error == 0) {
        return child;
    }

    if (child > 0) {
        pid_t gone = -child;
        if (guard >= 0 && write(guard, &gone, sizeof gone) < 0) {
            /* the guard is gone, and knows nothing */
        }
        while (waitpid(child, NULL, __WALL) < 0 && errno == EINTR) {
        }
        if (*pidfd >= 0) {
            close(*pidfd);
        }
    }
    return -error;
}

static void close_all_but(int kept)
{
    if (syscall(SYS_close_range, (unsigned)kept + 1, ~0U, 0U) == 0 && (kept == 0 || syscall(SYS_close_range, 0U, (unsigned)kept - 1, 0U) == 0)) {
        return;
    }
    struct rlimit limit;
    int most = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < INT_MAX ? (int)limit.rlim_cur : 65536;
    for (int descriptor = 0; descriptor < most && descriptor < MOST_DESCRIPTORS; descriptor++) {
        if (descriptor != kept) {
            close(descriptor);
        }
    }
}

/*
 * The guard: reads process ids, positive for a child that begins, negative for one that has ended. When the last writer is gone
 * while ids are left, Plait died without stopping them: they are asked to end, and killed a second later.
 */
static void guard(int pipe)
{
    static pid_t watched[MOST_WATCHED];
    int count = 0;
    pid_t id;
    ssize_t got;
    while ((got = read(pipe, &id, sizeof id)) != 0) { /* writes of up to PIPE_BUF bytes come whole: pipe(7) */
        if (got != sizeof id) {
            continue; /* interrupted */
        }
        if (id > 0 && count < MOST_WATCHED) {
            watched[count++] = id;
        }
        for (int i = 0; id < 0 && i < count; i++) {
            if (watched[i] == -id) {
                watched[i] = watched[--count];
                break;
            }
        }
    }

    if (count == 0) {
        return;
    }
    /* To their groups: each leads one, which it cannot leave. An id whose group is gone is not used again, for it may become another's. */
    for (int i = 0; i < count; i++) {
        kill(-watched[i], SIGTERM);
    }
    for (int tenth = 0; count > 0 && tenth < 10; tenth++) {
        struct timespec pause = {0, 100 * 1000 * 1000};
        nanosleep(&pause, NULL);
        for (int i = 0; i < count; i++) {
            if (kill(-watched[i], 0) != 0 && errno == ESRCH) {
                watched[i--] = watched[--count];
            }
        }
    }
    for (int i = 0; i < count; i++) {
        kill(-watched[i], SIGKILL);
    }
}

/*
 * Starts a guard: a process of one thread that never executes anything. reader: the end of the pipe that it reads; the caller
 * keeps the other end, marked close-on-exec, and closes this one. Returns the guard's process id, or -errno.
 */
int plait_start_guard(int reader)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    /* Not fork(3): its handlers are the host's. No exit signal: a host does not hear of its end. */
    pid_t child = (pid_t)syscall(SYS_clone, 0UL, 0UL, 0UL, 0UL, 0UL);
    if (child == 0) {
        /* All signals stay blocked: those that are sent to Plait's whole group must not end the guard before its work is done. */
        setsid();
        prctl(PR_SET_NAME, "plait-guard");
        close_all_but(reader);
        guard(reader);
        _exit(0);
    }
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return child < 0 ? -error : child;
}

static int signal_writer = -1;

static void write_number(int signal)
{
    int before = errno;
    unsigned char number = (unsigned char)signal;
    if (write(signal_writer, &number, 1) < 0) {
        /* the pipe is full of signals that have the same effect */
    }
    errno = before;
}

/*
 * From now on SIGTERM, SIGINT and SIGHUP are written to a pipe, a byte each, and SIGPIPE is ignored. The runtime's own handlers take a
 * thread for that. The handlers stay to the end of the process: the second of two SIGTERMs must not find the system's, which kills.
 */
void plait_catch_signals(int writer)
{
    struct sigaction action = {0};
    signal_writer = writer;
    action.sa_handler = write_number;
    action.sa_flags = SA_RESTART;
    sigfillset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}
