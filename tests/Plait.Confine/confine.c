/* confine OPTION... [-- PROGRAM ARGUMENT...]: makes a hardened surrounding, and becomes the program in it. A tool for tests.
 *
 * Options take effect in the order in which they stand: one that needs root stands before --user, and a filter that refuses what
 * a later option calls makes that option fail. Without a program it ends with 0, so that a test can ask whether this machine can
 * make the surrounding. Where it cannot, the exit code is 125, and stderr has the reason.
 *
 *   --mdwe                     no memory that is, or becomes, writable and executable: prctl(PR_SET_MDWE), Linux 6.3
 *   --no-new-privileges        prctl(PR_SET_NO_NEW_PRIVS)
 *   --refuse CALLS ERRNO       seccomp: these system calls fail; CALLS are names and systemd's sets, separated by commas
 *   --no-netlink               seccomp: socket(AF_NETLINK) fails with EAFNOSUPPORT, as under RestrictAddressFamilies=
 *   --exec-only FILE:FILE...   Landlock: no other file can be executed
 *   --write-below DIRECTORY    Landlock: nothing outside of it can be written, created or removed
 *   --limit nproc|as|nofile N  setrlimit, soft and hard; nproc counts the threads of all processes of the user
 *   --user ID                  that user and group, without further groups
 *   --read-only DIR:DIR...     a mount namespace in which everything but these directories is read-only
 *   --no-proc                  a mount namespace without /proc
 *   --proc OPTIONS             a mount namespace with another /proc, mounted with these options; see proc(5)
 *   --hide FILE                a mount namespace in which /dev/null stands in the place of the file
 *   --pid1                     a pid namespace, in which the program is process 1; this process waits, and passes signals on
 *   --close DESCRIPTOR         is closed when the program starts
 *   --set NAME VALUE           with this variable in the environment
 *   --unset NAME               without it
 *   --bare-environment         without any variable except TOR_PT_*
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#define CANNOT 125

#if defined __x86_64__
#define OWN_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define OWN_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "add the AUDIT_ARCH_ of this architecture"
#endif

extern char **environ;

static _Noreturn void cannot(const char *format, ...)
{
    int error = errno;
    va_list arguments;
    va_start(arguments, format);
    fputs("confine: ", stderr);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "%s%s\n", error ? ": " : "", error ? strerror(error) : "");
    exit(CANNOT);
}

/* Members of systemd's sets as its src/shared/seccomp-util.c lists them (systemd.exec(5), SystemCallFilter=), those for 32-bit
 * programs left out. The calls without a set are there to be named alone. */
struct call { const char *set, *name; long number; };
#define CALL(set, name) { set, #name, SYS_##name },
static const struct call calls[] = {
    CALL("@aio", io_cancel) CALL("@aio", io_destroy) CALL("@aio", io_getevents) CALL("@aio", io_pgetevents)
    CALL("@aio", io_setup) CALL("@aio", io_submit) CALL("@aio", io_uring_enter) CALL("@aio", io_uring_register)
    CALL("@aio", io_uring_setup)
    CALL("@chown", fchown) CALL("@chown", fchownat)
    CALL("@keyring", add_key) CALL("@keyring", keyctl) CALL("@keyring", request_key)
    CALL("@memlock", mlock) CALL("@memlock", mlock2) CALL("@memlock", mlockall) CALL("@memlock", munlock)
    CALL("@memlock", munlockall)
    CALL("@resources", ioprio_set) CALL("@resources", mbind) CALL("@resources", migrate_pages) CALL("@resources", move_pages)
    CALL("@resources", sched_setaffinity) CALL("@resources", sched_setattr) CALL("@resources", sched_setparam)
    CALL("@resources", sched_setscheduler) CALL("@resources", set_mempolicy) CALL("@resources", setpriority)
    CALL("@resources", setrlimit)
    CALL("@setuid", setgid) CALL("@setuid", setgroups) CALL("@setuid", setregid) CALL("@setuid", setresgid)
    CALL("@setuid", setresuid) CALL("@setuid", setreuid) CALL("@setuid", setuid)
    CALL("@timer", getitimer) CALL("@timer", setitimer) CALL("@timer", timer_create) CALL("@timer", timer_delete)
    CALL("@timer", timer_getoverrun) CALL("@timer", timer_gettime) CALL("@timer", timer_settime) CALL("@timer", timerfd_create)
    CALL("@timer", timerfd_gettime) CALL("@timer", timerfd_settime) CALL("@timer", times)
#ifdef __x86_64__
    CALL("@chown", chown) CALL("@chown", lchown) CALL("@timer", alarm)
#endif
    CALL("", splice) CALL("", clone3) CALL("", close_range) CALL("", memfd_create) CALL("", membarrier) CALL("", pidfd_open)
    CALL("", prlimit64)
};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct name { const char *name; int number; };
static const struct name errors[] = {
    { "EPERM", EPERM }, { "EACCES", EACCES }, { "EINVAL", EINVAL }, { "ENOSYS", ENOSYS }, { "EOPNOTSUPP", EOPNOTSUPP },
    { "ENOTRECOVERABLE", ENOTRECOVERABLE },
};
static const struct name limits[] = { { "nproc", RLIMIT_NPROC }, { "as", RLIMIT_AS }, { "nofile", RLIMIT_NOFILE } };

static int number_of(const char *name, const struct name *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i].name, name) == 0)
            return names[i].number;
    errno = 0;
    cannot("%s is not known", name);
}

static void install(const struct sock_filter *code, size_t length)
{
    struct sock_fprog program = { (unsigned short)length, (struct sock_filter *)code };
    /* A filter takes CAP_SYS_ADMIN or no_new_privs (seccomp(2)). Root keeps its chance of other options. */
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0)
        return;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        cannot("seccomp");
}

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define SKIP_IF(value, count) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)(value), count, 0)
#define SKIP_UNLESS(value, count) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)(value), 0, count)
#define FAIL(error) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ((unsigned)(error) & SECCOMP_RET_DATA))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static void refuse(char *list, int error)
{
    struct sock_filter code[5 + 2 * COUNT(calls)] = { LOAD(arch), SKIP_IF(OWN_ARCHITECTURE, 1), ALLOW, LOAD(nr) };
    size_t length = 4;
    for (char *word = strtok(list, ","); word; word = strtok(NULL, ",")) {
        size_t before = length;
        for (size_t i = 0; i < COUNT(calls); i++) {
            if (strcmp(word, calls[i].set) != 0 && strcmp(word, calls[i].name) != 0)
                continue;
            code[length++] = (struct sock_filter)SKIP_UNLESS(calls[i].number, 1);
            code[length++] = (struct sock_filter)FAIL(error);
        }
        errno = 0;
        if (length == before)
            cannot("%s is not known", word);
    }
    code[length++] = (struct sock_filter)ALLOW;
    install(code, length);
}

static void refuse_netlink(void)
{
    /* The family is the low half of the first argument, on little-endian machines. */
    const struct sock_filter code[] = {
        LOAD(arch), SKIP_UNLESS(OWN_ARCHITECTURE, 5), LOAD(nr), SKIP_UNLESS(SYS_socket, 3),
        LOAD(args[0]), SKIP_UNLESS(PF_NETLINK, 1), FAIL(EAFNOSUPPORT), ALLOW,
    };
    install(code, COUNT(code));
}

static void landlock_permit(int rules, const char *path, uint64_t access)
{
    struct landlock_path_beneath_attr rule = { .allowed_access = access, .parent_fd = open(path, O_PATH | O_CLOEXEC) };
    if (rule.parent_fd < 0 || syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
        cannot("Landlock: %s", path);
    close(rule.parent_fd);
}

static void landlock(char *paths, uint64_t access)
{
    struct landlock_ruleset_attr attributes = { .handled_access_fs = access };
    int rules = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0);
    if (rules < 0)
        cannot("Landlock");
    for (char *path = strtok(paths, ":"); path; path = strtok(NULL, ":"))
        landlock_permit(rules, path, access);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || syscall(SYS_landlock_restrict_self, rules, 0) != 0)
        cannot("Landlock");
    close(rules);
}

static uint64_t landlock_writing(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    uint64_t access = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE
        | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK
        | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;
    return access | (version >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0) | (version >= 3 ? LANDLOCK_ACCESS_FS_TRUNCATE : 0);
}

static void own_mounts(void)
{
    static int done;
    if (done++)
        return;
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        cannot("a mount namespace");
}

static void set_read_only(const char *path, unsigned flags, int on)
{
    struct mount_attr attributes = { .attr_set = on ? MOUNT_ATTR_RDONLY : 0, .attr_clr = on ? 0 : MOUNT_ATTR_RDONLY };
    if (syscall(SYS_mount_setattr, AT_FDCWD, path, flags, &attributes, sizeof attributes) != 0)
        cannot("mount_setattr %s", path);
}

static void read_only(char *writable)
{
    char *list[16];
    size_t count = 0;
    own_mounts();
    for (char *path = strtok(writable, ":"); path && count < COUNT(list); path = strtok(NULL, ":")) {
        if (mount(path, path, NULL, MS_BIND, NULL) != 0)
            cannot("bind %s", path);
        list[count++] = path;
    }
    set_read_only("/", AT_RECURSIVE, 1);
    while (count > 0)
        set_read_only(list[--count], 0, 0);
}

static pid_t program;

static void pass_on(int signal)
{
    kill(program, signal);
}

/* The caller goes on as process 1 of a pid namespace. This process stays behind as its parent outside, and ends as it ends. */
static void become_pid1(void)
{
    if (unshare(CLONE_NEWPID) != 0)
        cannot("a pid namespace");
    program = fork();
    if (program < 0)
        cannot("fork");
    if (program == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        return;
    }
    for (int descriptor = 0; descriptor <= 2; descriptor++)
        close(descriptor);
    signal(SIGTERM, pass_on);
    signal(SIGINT, pass_on);
    int status;
    while (waitpid(program, &status, 0) < 0)
        if (errno != EINTR)
            exit(CANNOT);
    exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static void bare_environment(void)
{
    char **kept = environ;
    for (char **entry = environ; *entry; entry++)
        if (strncmp(*entry, "TOR_PT_", 7) == 0)
            *kept++ = *entry;
    *kept = NULL;
}

static int closing[3], closing_count;

int main(int count, char **words)
{
    int next = 1;
    while (next < count && strcmp(words[next], "--") != 0) {
        const char *option = words[next++];
#define IS(name) (strcmp(option, name) == 0)
#define WORD() (next < count ? words[next++] : (errno = 0, cannot("%s lacks a word", option), (char *)NULL))
        if (IS("--mdwe")) {
            if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) != 0)
                cannot("PR_SET_MDWE");
        } else if (IS("--no-new-privileges")) {
            if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
                cannot("PR_SET_NO_NEW_PRIVS");
        } else if (IS("--refuse")) {
            char *list = WORD();
            refuse(list, number_of(WORD(), errors, COUNT(errors)));
        } else if (IS("--no-netlink")) {
            refuse_netlink();
        } else if (IS("--exec-only")) {
            landlock(WORD(), LANDLOCK_ACCESS_FS_EXECUTE);
        } else if (IS("--write-below")) {
            landlock(WORD(), landlock_writing());
        } else if (IS("--limit")) {
            int which = number_of(WORD(), limits, COUNT(limits));
            rlim_t most = strtoull(WORD(), NULL, 10);
            if (setrlimit(which, &(struct rlimit){ most, most }) != 0)
                cannot("setrlimit");
        } else if (IS("--user")) {
            uid_t id = (uid_t)strtoul(WORD(), NULL, 10);
            if (setgroups(0, NULL) != 0 || setresgid(id, id, id) != 0 || setresuid(id, id, id) != 0)
                cannot("user %u", id);
        } else if (IS("--read-only")) {
            read_only(WORD());
        } else if (IS("--no-proc")) {
            own_mounts();
            if (umount2("/proc", MNT_DETACH) != 0)
                cannot("umount /proc");
        } else if (IS("--proc")) {
            own_mounts();
            if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, WORD()) != 0)
                cannot("mount /proc");
        } else if (IS("--hide")) {
            const char *file = WORD();
            own_mounts();
            if (mount("/dev/null", file, NULL, MS_BIND, NULL) != 0)
                cannot("bind /dev/null to %s", file);
        } else if (IS("--pid1")) {
            become_pid1();
        } else if (IS("--close")) {
            int descriptor = atoi(WORD());
            if (closing_count < (int)COUNT(closing))
                closing[closing_count++] = descriptor;
        } else if (IS("--set")) {
            const char *name = WORD();
            if (setenv(name, WORD(), 1) != 0)
                cannot("setenv");
        } else if (IS("--unset")) {
            unsetenv(WORD());
        } else if (IS("--bare-environment")) {
            bare_environment();
        } else {
            errno = 0;
            cannot("%s is not an option", option);
        }
    }

    if (next + 1 >= count)
        return 0;
    while (closing_count > 0)
        close(closing[--closing_count]);
    execv(words[next + 1], words + next + 1);
    cannot("%s", words[next + 1]);
}
