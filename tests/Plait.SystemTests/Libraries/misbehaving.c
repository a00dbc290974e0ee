/*
 * Entries of plait_transport.h that are not what they should be: each says how. Compiled together with examples/library/xor.c, whose transports
 * the last two have.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plait_transport.h"

plait_transport_entry plait_transport;

static void crash(void)
{
    volatile int *volatile nothing = NULL; /* both, or the compiler leaves the write out */
    *nothing = 1;
}

static void wait_for_the_end(const struct plait_transport_call *call)
{
    char ignored;
    while (read(call->input, &ignored, 1) > 0) {
    }
    close(call->input);
    close(call->output);
}

static int return_3(const struct plait_transport_call *call)
{
    (void)call;
    return 3;
}

static int say_why_and_return(const struct plait_transport_call *call)
{
    (void)call;
    fprintf(stderr, "fatal: no luck today\n");
    return 1;
}

static int exit_4(const struct plait_transport_call *call)
{
    (void)call;
    exit(4);
}

static int crash_at_once(const struct plait_transport_call *call)
{
    (void)call;
    crash();
    return 0;
}

static int write_rubbish(const struct plait_transport_call *call)
{
    dprintf(call->output, "rubbish\n\1\2\3\377\nrubbish\nwithout an end");
    wait_for_the_end(call);
    return 0;
}

static int say_nothing(const struct plait_transport_call *call)
{
    wait_for_the_end(call);
    return 0;
}

/* Neither answers nor heeds the end of its input. */
static int be_deaf(const struct plait_transport_call *call)
{
    (void)call;
    while (pause() != 0) {
    }
    return 0;
}

static int misfit(const struct plait_transport_call *call)
{
    (void)call;
    return PLAIT_TRANSPORT_MISFIT;
}

PLAIT_TRANSPORT(returns, return_3)
PLAIT_TRANSPORT(says_why, say_why_and_return)
PLAIT_TRANSPORT(exits, exit_4)
PLAIT_TRANSPORT(crashes, crash_at_once)
PLAIT_TRANSPORT(rubbish, write_rubbish)
PLAIT_TRANSPORT(silent, say_nothing)
PLAIT_TRANSPORT(deaf, be_deaf)
PLAIT_TRANSPORT(misfits, misfit)

#define ENTRY(name, ...)                                                                   \
    PLAIT_TRANSPORT_EXPORT const struct plait_transport *name(void);                       \
    PLAIT_TRANSPORT_EXPORT const struct plait_transport *name(void)                        \
    {                                                                                      \
        static const struct plait_transport transport = __VA_ARGS__;                       \
        return &transport;                                                                 \
    }

ENTRY(future, {2, sizeof(struct plait_transport), say_nothing})
ENTRY(small, {PLAIT_TRANSPORT_VERSION, 8, say_nothing})
ENTRY(empty, {PLAIT_TRANSPORT_VERSION, sizeof(struct plait_transport), NULL})

PLAIT_TRANSPORT_EXPORT const struct plait_transport *unwilling(void);
PLAIT_TRANSPORT_EXPORT const struct plait_transport *unwilling(void)
{
    return NULL;
}

PLAIT_TRANSPORT_EXPORT const struct plait_transport *crashes_when_asked(void);
PLAIT_TRANSPORT_EXPORT const struct plait_transport *crashes_when_asked(void)
{
    crash();
    return NULL;
}

/* A good transport until a writer opens the pipe that argv[1] names; then it dereferences a null pointer. */
static void *wait_for_a_writer(void *path)
{
    close(open(path, O_RDONLY | O_CLOEXEC));
    crash();
    return NULL;
}

static int be_good_for_a_while(const struct plait_transport_call *call)
{
    pthread_t thread;
    mkfifo(call->argv[1], 0600); /* it may be there from an earlier call */
    pthread_create(&thread, NULL, wait_for_a_writer, (void *)call->argv[1]);
    return plait_transport()->main(call);
}

/* A good transport that prints to stdout what it should not. */
static int chatter(const struct plait_transport_call *call)
{
    printf("VERSION 7\nCMETHODS DONE\nSMETHODS DONE\n");
    fflush(stdout);
    return plait_transport()->main(call);
}

PLAIT_TRANSPORT(crashing, be_good_for_a_while)
PLAIT_TRANSPORT(chattering, chatter)
