/*
 * plait_transport.h - a pluggable transport as a shared library.
 *
 * A library has one or more entries, each a transport program in the form of a function: it gets an argument vector, an environment and two
 * descriptors in place of stdin and stdout, and speaks the lines of pt-spec (version 1) over them, as a managed transport does. The plaitrc
 * names the library and the entry:
 *
 *     ClientTransportPlugin xor,rot library /usr/lib/plait/libxor.so plait_transport
 *
 * By default Plait runs it in a process of its own, one for each such line, where a crash costs its own chains and no other. With
 * `library-in-process` it runs on a thread of Plait, where a crash takes Plait and all chains along.
 *
 * examples/library/xor.c is a whole transport. docs/hops.md tells what the user of a library sees.
 *
 * This file may be copied into any program, under the terms of Plait's licence (MIT).
 */
#ifndef PLAIT_TRANSPORT_H
#define PLAIT_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The version of this interface. It changes when an old library or an old Plait could not understand the other. What is only added goes to the
 * end of a struct, whose size then grows: each side uses the members that lie within the size that the other side gives, and no more.
 */
#define PLAIT_TRANSPORT_VERSION 1u

/* What main returns if the call does not fit the library (plait_transport_fits). EX_PROTOCOL of sysexits(3). */
#define PLAIT_TRANSPORT_MISFIT 76

/* One call of a transport: what a program gets from exec. It and all that it points to belong to Plait, and are valid until main returns. */
struct plait_transport_call {
    uint32_t version; /* PLAIT_TRANSPORT_VERSION of Plait */
    uint32_t size;    /* the size of this struct in Plait, in bytes */

    /* The arguments. argv[0] is the path of the library, the rest stands after the entry in the plaitrc; argv[argc] is NULL. */
    int32_t argc;

    /*
     * In place of stdin and stdout: a pipe's reading end, whose end asks for the shutdown (TOR_PT_EXIT_ON_STDIN_CLOSE is 1), and the writing
     * end of another. Both are marked close-on-exec, and belong to the library from the call on: it closes each once, before main returns.
     * Lines that are not of pt-spec, or longer than 64 KiB, are dropped.
     */
    int32_t input;
    int32_t output;
    int32_t reserved; /* 0 */

    const char *const *argv;

    /* NAME=VALUE texts, ended by NULL: the whole environment, with the TOR_PT_ variables of pt-spec. See "environment" below. */
    const char *const *environment;
};

/*
 * What an entry describes. It is never freed or changed.
 *
 * main runs a transport until it is asked to end. It returns an exit code, as the main function of a program does: 0 for an orderly end.
 *
 * - Shutdown. The end of `input` asks for it. main then closes its listeners and connections, waits for its threads, and returns. No signal asks
 *   for it in process; a process of Plait's gets SIGTERM after 1.5 s (ExitGrace in the plaitrc) and SIGKILL after as long again. A call in
 *   process that does not return by then is given up: its thread goes on to the end of Plait's process. On a bridge that is to accept no
 *   more clients, a process of Plait's gets SIGINT, as a program does; a library that does not handle it ends then.
 * - Returning. Whenever main returns, its transports are gone. If Plait has not asked for it, main is called again after a pause: by a new
 *   process, or on a new thread. A start that does not end in the DONE line of pt-spec within StartTimeout (20 s) is given up.
 * - Threads. main may start threads. In process, main may be running several times at once (for several public ports, for instance), with
 *   calls that differ: state belongs to the call, not to the library. In Plait's own process it is called once, on the first thread.
 * - Environment. In process the variables stand in this array alone: the environment of the process (getenv) is not the library's to read or
 *   change. In a process of Plait's they stand there too, for languages whose libraries of pt-spec know nothing else.
 * - The rest of the process is not the library's either when it runs in process: no exit, no signal handlers, working directory, locale, limits
 *   or umask, nothing written to descriptors 1 and 2. SIGPIPE is ignored. In a process of Plait's, descriptor 0 is empty, and 1 and 2 lead to
 *   what Plait takes for stderr: it keeps the last lines to explain a failure.
 * - Unloading. A library is never unloaded.
 */
struct plait_transport {
    uint32_t version; /* PLAIT_TRANSPORT_VERSION of the library */
    uint32_t size;    /* the size of this struct in the library, in bytes */
    int (*main)(const struct plait_transport_call *call);
};

/*
 * An entry: the function that the plaitrc names, `plait_transport` unless it says otherwise. It returns the description at once, and does nothing
 * else. NULL: the library cannot be used here.
 */
typedef const struct plait_transport *plait_transport_entry(void);

#if defined(_WIN32)
#define PLAIT_TRANSPORT_EXPORT __declspec(dllexport)
#else
#define PLAIT_TRANSPORT_EXPORT __attribute__((visibility("default")))
#endif

/* Defines an entry: PLAIT_TRANSPORT(plait_transport, my_main) */
#ifdef __cplusplus
#define PLAIT_TRANSPORT_LINKAGE extern "C" PLAIT_TRANSPORT_EXPORT
#else
#define PLAIT_TRANSPORT_LINKAGE PLAIT_TRANSPORT_EXPORT
#endif
#define PLAIT_TRANSPORT(entry, function)                                                            \
    PLAIT_TRANSPORT_LINKAGE const struct plait_transport *entry(void);                              \
    PLAIT_TRANSPORT_LINKAGE const struct plait_transport *entry(void)                               \
    {                                                                                               \
        static const struct plait_transport transport = {                                           \
            PLAIT_TRANSPORT_VERSION, (uint32_t)sizeof(struct plait_transport), function};           \
        return &transport;                                                                          \
    }

/* Whether a library that was compiled with this file can take the call. The first thing that main looks at. */
static inline int plait_transport_fits(const struct plait_transport_call *call)
{
    return call->version == PLAIT_TRANSPORT_VERSION && call->size >= sizeof(struct plait_transport_call);
}

/* A variable of the call's environment, as getenv(3) would give it; NULL if it is not set. */
static inline const char *plait_transport_variable(const struct plait_transport_call *call, const char *name)
{
    size_t length = strlen(name);
    for (const char *const *entry = call->environment; *entry != NULL; entry++) {
        if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=') {
            return *entry + length + 1;
        }
    }
    return NULL;
}

#ifdef __cplusplus
}
#endif

#endif
