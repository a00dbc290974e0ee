/*
 * Runs before the runtime, which ends the process with an abort where it gets no thread or no address space. Such a lack is reported as a
 * person and tor can read it (G13), and the program ends with EX_OSERR of sysexits(3). Part of the native program only.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* The fewest threads and processes that Plait needs: the runtime's finalizer, timer and gate, a worker, a poller, and the guard. With fewer than
 * PLENTY, Plait and its programs do with the least: ThreadLimit.cs. */
enum { FEWEST = 6, PLENTY = 32 };

/* The collector reserves 256 MiB (Plait.Cli.csproj); the rest is the program, its libraries and stacks. */
static const rlim_t address_space = 320UL << 20;

enum { NO_RESOURCES = 71 };

static void *wait_for_all(void *all)
{
    pthread_mutex_lock(all);
    pthread_mutex_unlock(all);
    return NULL;
}

static int threads;

/* How many threads can be had, up to PLENTY. Tried, because what limits them (RLIMIT_NPROC, cgroups) may be used up by others. */
static int count_threads(void)
{
    static pthread_mutex_t all = PTHREAD_MUTEX_INITIALIZER;
    pthread_t made[PLENTY];
    pthread_attr_t small;
    int count = 0;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, PTHREAD_STACK_MIN > 65536 ? PTHREAD_STACK_MIN : 65536);
    pthread_mutex_lock(&all);
    while (count < PLENTY && pthread_create(&made[count], &small, wait_for_all, &all) == 0) {
        count++;
    }
    pthread_mutex_unlock(&all);
    for (int i = 0; i < count; i++) {
        pthread_join(made[i], NULL);
    }
    pthread_attr_destroy(&small);
    return count;
}

/* How many threads could be had at the start; PLENTY or more are reported as PLENTY. */
int plait_threads(void)
{
    return threads;
}

/* Which role tor asks for: E3; where the environment contradicts itself, the torrc line says it (E4). */
static const char *names_of(char which, int argc, char **argv)
{
    const char *client = getenv("TOR_PT_CLIENT_TRANSPORTS"), *server = getenv("TOR_PT_SERVER_TRANSPORTS");
    int is_client = client && *client, is_server = server && *server;
    for (int i = 1; is_client && is_server && i + 1 < argc; i++) {
        if (strcmp(argv[i], "--role") == 0) {
            is_client = strcmp(argv[i + 1], "client") == 0;
            is_server = !is_client;
        }
    }
    return which == 'C' ? is_client && !is_server ? client : NULL : is_server && !is_client ? server : NULL;
}

/* For each name its line, then DONE: tor starts us again, and it may have passed by then (R14). */
static void refuse_methods(char which, const char *names, const char *why)
{
    const char *proxy = getenv("TOR_PT_PROXY");
    printf("VERSION 1\n%s", which == 'C' && proxy && *proxy ? "PROXY DONE\n" : "");
    while (*names) {
        int length = (int)strcspn(names, ",");
        if (length > 0) {
            printf("%cMETHOD-ERROR %.*s %s\n", which, length, names, why);
        }
        names += length + (names[length] == ',');
    }
    printf("%cMETHODS DONE\n", which);
}

static void refuse(int argc, char **argv, int may_pass, const char *why)
{
    const char *client = names_of('C', argc, argv), *server = names_of('S', argc, argv);
    fprintf(stderr, "plait: %s\n", why);
    if ((client || server) && !may_pass) {
        printf("ENV-ERROR %s\n", why);
    } else if (client) {
        refuse_methods('C', client, why);
    } else if (server) {
        refuse_methods('S', server, why);
    }
    fflush(stdout);
    _exit(NO_RESOURCES);
}

__attribute__((constructor)) static void before_the_runtime(int argc, char **argv)
{
    struct rlimit limit;
    signal(SIGPIPE, SIG_IGN); /* a reader that is gone is an error of write(2) */
    signal(SIGCHLD, SIG_DFL); /* ignored, as some supervisors leave it, the statuses of children would be lost: wait(2) */
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur < address_space) {
        refuse(argc, argv, 0, "Plait cannot start: it takes 320 MiB of address space, and the limit is lower; raise it (ulimit -v, LimitAS=)");
    }
    /* All descriptors that the system allows, for Plait and, as they inherit it, for its programs; tor does the same. */
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    threads = count_threads();
    if (threads < FEWEST) {
        refuse(argc, argv, 1, "Plait cannot start: no thread is left for it; raise the limit of processes (ulimit -u, LimitNPROC=, TasksMax=)");
    }
}
