/*
 * Two transports in one library, client and server: `xor` and `rot` change each byte by a number, the argument `key`. They hide nothing: they
 * show what a transport of plait_transport.h has to do. A bridge announces its key, and clients get it from the bridge line.
 *
 *     cc -shared -fPIC -pthread -I../../include -o libxor.so xor.c
 *
 *     ClientTransportPlugin xor,rot library /path/of/libxor.so
 *     ServerTransportPlugin xor,rot library /path/of/libxor.so
 *     ServerTransportOptions xor key=90
 *
 * All state hangs on one call of main, so that it also runs several times in one process (library-in-process). Each connection has two
 * threads, one for each direction; a direction that ends passes on the end of writing.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "plait_transport.h"

enum { DEFAULT_KEY = 42, CHUNK = 16384, HANDSHAKE_SECONDS = 10, BACKLOG = 128, STACK = 128 * 1024 };
enum { SOCKS_OK = 0, SOCKS_FAILED = 1, SOCKS_UNREACHABLE = 4, SOCKS_REFUSED = 5, SOCKS_COMMAND = 7, SOCKS_ADDRESS = 8 };

static uint8_t xor(uint8_t byte, uint8_t key) { return byte ^ key; }
static uint8_t add(uint8_t byte, uint8_t key) { return (uint8_t)(byte + key); }
static uint8_t subtract(uint8_t byte, uint8_t key) { return (uint8_t)(byte - key); }

struct transport {
    const char *name;
    uint8_t (*hide)(uint8_t byte, uint8_t key);
    uint8_t (*show)(uint8_t byte, uint8_t key);
};

static const struct transport transports[] = {{"xor", xor, xor}, {"rot", add, subtract}};

enum { MOST = sizeof transports / sizeof *transports };

struct address {
    struct sockaddr_storage socket;
    socklen_t length;
};

struct listener {
    const struct transport *transport;
    int socket;
    uint8_t key; /* a server's */
};

/* One call of main. */
struct run {
    const struct plait_transport_call *call;
    int is_server;
    int has_proxy;
    struct address next; /* a server's ORPort; a client's proxy */
    char user[256], password[256];
    struct listener listeners[MOST];
    int count;

    pthread_mutex_t lock; /* of what follows, and of the sockets of connections */
    pthread_cond_t changed;
    struct connection *open;
    int ending;
};

struct connection {
    struct run *run;
    struct connection *next, *before;
    const struct transport *transport;
    uint8_t key;
    int near, far; /* of the client, or of the network; towards the network, or tor. far is -1 until it is dialled */
};

/* --- Texts of pt-spec ---------------------------------------------------------------------------------------------------------------- */

/* The text after `name` and `separator` in a list such as "xor-127.0.0.1:80,rot-127.0.0.1:81"; NULL if it is not there. */
static const char *entry_of(const char *list, char between, const char *name, char separator)
{
    size_t length = strlen(name);
    for (const char *entry = list; entry != NULL; entry = strchr(entry, between), entry = entry ? entry + 1 : NULL) {
        if (strncmp(entry, name, length) == 0 && entry[length] == separator) {
            return entry + length + 1;
        }
    }
    return NULL;
}

static int has_name(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *entry = list; entry != NULL; entry = strchr(entry, ','), entry = entry ? entry + 1 : NULL) {
        if (strncmp(entry, name, length) == 0 && (entry[length] == ',' || entry[length] == '\0')) {
            return 1;
        }
    }
    return 0;
}

/* "127.0.0.1:80" or "[::1]:80", to the end of the text or to a comma. */
static int read_address(const char *text, struct address *address)
{
    char host[64];
    size_t length = strcspn(text, ",");
    const char *colon = memrchr(text, ':', length);
    if (colon == NULL || (size_t)(colon - text) >= sizeof host) {
        return -1;
    }
    memset(address, 0, sizeof *address);
    struct sockaddr_in *four = (struct sockaddr_in *)&address->socket;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&address->socket;
    int brackets = *text == '[' && colon[-1] == ']';
    snprintf(host, sizeof host, "%.*s", (int)(colon - text) - 2 * brackets, text + brackets);
    uint16_t port = htons((uint16_t)atoi(colon + 1));
    if (!brackets && inet_pton(AF_INET, host, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = port;
        address->length = sizeof *four;
        return 0;
    }
    if (brackets && inet_pton(AF_INET6, host, &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = port;
        address->length = sizeof *six;
        return 0;
    }
    return -1;
}

/* --- Sockets ------------------------------------------------------------------------------------------------------------------------- */

static int read_all(int socket, void *buffer, size_t length)
{
    for (uint8_t *at = buffer; length > 0;) {
        ssize_t got = recv(socket, at, length, 0);
        if (got <= 0) {
            return -1;
        }
        at += got;
        length -= (size_t)got;
    }
    return 0;
}

static int write_all(int socket, const void *buffer, size_t length)
{
    for (const uint8_t *at = buffer; length > 0;) {
        ssize_t put = send(socket, at, length, MSG_NOSIGNAL);
        if (put <= 0) {
            return -1;
        }
        at += put;
        length -= (size_t)put;
    }
    return 0;
}

static void limit_reads(int socket, int seconds)
{
    struct timeval limit = {seconds, 0};
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

/* Connects. The socket stands in the connection before it waits, so that the end of the run wakes it. */
static int dial(struct connection *connection, const struct address *address)
{
    int one = 1;
    int made = socket(address->socket.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (made < 0) {
        return -1;
    }
    setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    pthread_mutex_lock(&connection->run->lock);
    connection->far = made;
    int ending = connection->run->ending;
    pthread_mutex_unlock(&connection->run->lock);
    return ending ? -1 : connect(made, (const struct sockaddr *)&address->socket, address->length);
}

/* --- SOCKS5: RFC 1928, and 1929, whose user and password carry the arguments ----------------------------------------------------------- */

static int reply(int client, uint8_t code)
{
    uint8_t message[10] = {5, code, 0, 1};
    return write_all(client, message, sizeof message);
}

/* Reads an address as SOCKS has it, type first. Returns its length, or -1. */
static int read_target(int socket, uint8_t *target)
{
    if (read_all(socket, target, 2) != 0) {
        return -1;
    }
    int length = target[0] == 1 ? 1 + 4 + 2 : target[0] == 4 ? 1 + 16 + 2 : target[0] == 3 ? 1 + 1 + target[1] + 2 : -1;
    return length > 0 && read_all(socket, target + 2, (size_t)length - 2) == 0 ? length : -1;
}

static int is_socket_address(const uint8_t *target, struct address *address)
{
    memset(address, 0, sizeof *address);
    if (target[0] == 1) {
        struct sockaddr_in *four = (struct sockaddr_in *)&address->socket;
        four->sin_family = AF_INET;
        memcpy(&four->sin_addr, target + 1, 4);
        memcpy(&four->sin_port, target + 5, 2);
        address->length = sizeof *four;
    } else if (target[0] == 4) {
        struct sockaddr_in6 *six = (struct sockaddr_in6 *)&address->socket;
        six->sin6_family = AF_INET6;
        memcpy(&six->sin6_addr, target + 1, 16);
        memcpy(&six->sin6_port, target + 17, 2);
        address->length = sizeof *six;
    }
    return address->length > 0;
}

/* The greeting, and the arguments. */
static int greet(struct connection *connection)
{
    uint8_t head[2], methods[255], user[256], password[256], text[512];
    if (read_all(connection->near, head, 2) != 0 || head[0] != 5 || read_all(connection->near, methods, head[1]) != 0) {
        return -1;
    }
    if (memchr(methods, 2, head[1]) == NULL) {
        uint8_t chosen[2] = {5, memchr(methods, 0, head[1]) == NULL ? 255 : 0};
        return write_all(connection->near, chosen, 2) != 0 || chosen[1] == 255 ? -1 : 0;
    }
    if (write_all(connection->near, "\5\2", 2) != 0 || read_all(connection->near, head, 2) != 0
        || read_all(connection->near, user, head[1]) != 0 || read_all(connection->near, password, 1) != 0
        || read_all(connection->near, password + 1, password[0]) != 0 || write_all(connection->near, "\1\0", 2) != 0) {
        return -1;
    }
    /* A lone NUL is no password: pt-spec section 3.5. */
    int rest = password[0] == 1 && password[1] == 0 ? 0 : password[0];
    memcpy(text, user, head[1]);
    memcpy(text + head[1], password + 1, (size_t)rest);
    text[head[1] + rest] = '\0';
    const char *key = entry_of((const char *)text, ';', "key", '=');
    connection->key = key != NULL ? (uint8_t)atoi(key) : DEFAULT_KEY;
    return 0;
}

/* Asks Plait, or tor's upstream proxy, for the connection. Returns a code of SOCKS. */
static int ask_proxy(struct connection *connection, const uint8_t *target, int length)
{
    struct run *run = connection->run;
    uint8_t message[3 + 512], bound[3 + 512];
    size_t user = strlen(run->user), password = strlen(run->password);
    if (dial(connection, &run->next) != 0) {
        return SOCKS_FAILED;
    }
    limit_reads(connection->far, 0); /* it is Plait's limit that counts */
    if (write_all(connection->far, user > 0 ? "\5\1\2" : "\5\1\0", 3) != 0 || read_all(connection->far, message, 2) != 0) {
        return SOCKS_FAILED;
    }
    if (message[1] == 2) {
        message[0] = 1;
        message[1] = (uint8_t)user;
        memcpy(message + 2, run->user, user);
        message[2 + user] = (uint8_t)password;
        memcpy(message + 3 + user, run->password, password);
        if (write_all(connection->far, message, 3 + user + password) != 0 || read_all(connection->far, message, 2) != 0 || message[1] != 0) {
            return SOCKS_FAILED;
        }
    }
    memcpy(message, "\5\1\0", 3);
    memcpy(message + 3, target, (size_t)length);
    if (write_all(connection->far, message, 3 + (size_t)length) != 0 || read_all(connection->far, message, 3) != 0) {
        return SOCKS_FAILED;
    }
    int code = message[1];
    return read_target(connection->far, bound) < 0 && code == SOCKS_OK ? SOCKS_FAILED : code;
}

static int enter_client(struct connection *connection)
{
    uint8_t head[3], target[512];
    struct address address;
    int length;
    limit_reads(connection->near, HANDSHAKE_SECONDS);
    if (greet(connection) != 0 || read_all(connection->near, head, 3) != 0 || (length = read_target(connection->near, target)) < 0) {
        return -1;
    }
    limit_reads(connection->near, 0);
    int code = head[1] != 1 ? SOCKS_COMMAND
        : connection->run->has_proxy ? ask_proxy(connection, target, length)
        : !is_socket_address(target, &address) ? SOCKS_ADDRESS
        : dial(connection, &address) != 0 ? SOCKS_REFUSED
        : SOCKS_OK;
    return reply(connection->near, (uint8_t)code) == 0 && code == SOCKS_OK ? 0 : -1;
}

/* --- Connections ----------------------------------------------------------------------------------------------------------------------- */

static void copy(const struct connection *connection, int from, int to, uint8_t (*change)(uint8_t, uint8_t))
{
    uint8_t bytes[CHUNK];
    ssize_t got;
    while ((got = recv(from, bytes, sizeof bytes, 0)) > 0) {
        for (ssize_t i = 0; i < got; i++) {
            bytes[i] = change(bytes[i], connection->key);
        }
        if (write_all(to, bytes, (size_t)got) != 0) {
            got = -1;
            break;
        }
    }
    if (got == 0) {
        shutdown(to, SHUT_WR);
    } else { /* broken: the other direction ends too */
        shutdown(from, SHUT_RDWR);
        shutdown(to, SHUT_RDWR);
    }
}

static void *copy_back(void *argument)
{
    const struct connection *connection = argument;
    copy(connection, connection->far, connection->near, connection->run->is_server ? connection->transport->hide : connection->transport->show);
    return NULL;
}

static int start_thread(pthread_t *thread, int detached, void *(*function)(void *), void *argument)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    pthread_attr_setdetachstate(&attributes, detached ? PTHREAD_CREATE_DETACHED : PTHREAD_CREATE_JOINABLE);
    int error = pthread_create(thread, &attributes, function, argument);
    pthread_attr_destroy(&attributes);
    return error;
}

static void forget(struct connection *connection)
{
    struct run *run = connection->run;
    pthread_mutex_lock(&run->lock);
    *(connection->before ? &connection->before->next : &run->open) = connection->next;
    if (connection->next) {
        connection->next->before = connection->before;
    }
    close(connection->near);
    if (connection->far >= 0) {
        close(connection->far);
    }
    free(connection);
    pthread_cond_signal(&run->changed);
    pthread_mutex_unlock(&run->lock); /* the last that this thread does with the run */
}

static void *serve(void *argument)
{
    struct connection *connection = argument;
    const struct transport *transport = connection->transport;
    int is_server = connection->run->is_server;
    pthread_t back;
    if ((is_server ? dial(connection, &connection->run->next) : enter_client(connection)) == 0
        && start_thread(&back, 0, copy_back, connection) == 0) {
        copy(connection, connection->near, connection->far, is_server ? transport->show : transport->hide);
        pthread_join(back, NULL);
    }
    forget(connection);
    return NULL;
}

static void take(struct run *run, const struct listener *listener)
{
    pthread_t thread;
    int one = 1;
    int near = accept4(listener->socket, NULL, NULL, SOCK_CLOEXEC);
    struct connection *connection = near < 0 ? NULL : calloc(1, sizeof *connection);
    if (connection == NULL) {
        near < 0 ? 0 : close(near);
        return;
    }
    setsockopt(near, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    connection->run = run;
    connection->transport = listener->transport;
    connection->key = listener->key;
    connection->near = near;
    connection->far = -1;
    pthread_mutex_lock(&run->lock);
    connection->next = run->open;
    if (run->open) {
        run->open->before = connection;
    }
    run->open = connection;
    pthread_mutex_unlock(&run->lock);
    if (start_thread(&thread, 1, serve, connection) != 0) {
        forget(connection);
    }
}

/* --- The conversation of pt-spec ------------------------------------------------------------------------------------------------------- */

static int listen_for(struct run *run, const struct transport *transport, const struct address *address)
{
    int one = 1;
    struct listener *listener = &run->listeners[run->count];
    listener->transport = transport;
    listener->socket = socket(address->socket.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener->socket < 0) {
        return -1;
    }
    setsockopt(listener->socket, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener->socket, (const struct sockaddr *)&address->socket, address->length) != 0 || listen(listener->socket, BACKLOG) != 0) {
        close(listener->socket);
        return -1;
    }
    run->count++;
    return 0;
}

static void print_method(const struct run *run, const struct listener *listener)
{
    char host[INET6_ADDRSTRLEN];
    struct sockaddr_storage bound;
    socklen_t length = sizeof bound;
    getsockname(listener->socket, (struct sockaddr *)&bound, &length);
    const struct sockaddr_in *four = (const struct sockaddr_in *)&bound;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&bound;
    int is_six = bound.ss_family == AF_INET6;
    inet_ntop(bound.ss_family, is_six ? (const void *)&six->sin6_addr : &four->sin_addr, host, sizeof host);
    dprintf(run->call->output, run->is_server ? "SMETHOD %s %s%s%s:%d" : "CMETHOD %s socks5 %s%s%s:%d", listener->transport->name,
        is_six ? "[" : "", host, is_six ? "]" : "", ntohs(is_six ? six->sin6_port : four->sin_port));
    if (run->is_server) {
        dprintf(run->call->output, " ARGS:key=%d", listener->key);
    }
    dprintf(run->call->output, "\n");
}

/* Opens a listener for each transport that is asked for. The exact words of a failure are strerror's: Plait knows what they mean. */
static void offer(struct run *run, const char *names)
{
    const char *addresses = plait_transport_variable(run->call, "TOR_PT_SERVER_BINDADDR");
    const char *options = plait_transport_variable(run->call, "TOR_PT_SERVER_TRANSPORT_OPTIONS");
    for (const struct transport *transport = transports; transport < transports + MOST; transport++) {
        struct address address;
        if (!has_name(names, transport->name)) {
            continue;
        }
        const char *wanted = run->is_server ? entry_of(addresses, ',', transport->name, '-') : NULL;
        const char *option = run->is_server ? entry_of(options, ';', transport->name, ':') : NULL;
        run->listeners[run->count].key = option != NULL && strncmp(option, "key=", 4) == 0 ? (uint8_t)atoi(option + 4) : DEFAULT_KEY;
        if (read_address(wanted != NULL ? wanted : "127.0.0.1:0", &address) != 0 || listen_for(run, transport, &address) != 0) {
            dprintf(run->call->output, "%cMETHOD-ERROR %s listen: %m\n", run->is_server ? 'S' : 'C', transport->name);
        } else {
            print_method(run, &run->listeners[run->count - 1]);
        }
    }
    dprintf(run->call->output, "%cMETHODS DONE\n", run->is_server ? 'S' : 'C');
}

/* socks5://USER:PASSWORD@ADDRESS:PORT; the credentials may be missing. */
static int read_proxy(struct run *run, const char *proxy)
{
    const char *at = strrchr(proxy, '@'), *start = proxy + strlen("socks5://");
    if (strncmp(proxy, "socks5://", strlen("socks5://")) != 0
        || (at != NULL && sscanf(start, "%255[^:]:%255[^@]", run->user, run->password) != 2)) {
        return -1;
    }
    run->has_proxy = 1;
    return read_address(at != NULL ? at + 1 : start, &run->next);
}

/* Serves until the input ends. */
static void accept_all(struct run *run)
{
    struct pollfd watched[1 + MOST];
    watched[0] = (struct pollfd){run->call->input, POLLIN, 0};
    for (int i = 0; i < run->count; i++) {
        watched[1 + i] = (struct pollfd){run->listeners[i].socket, POLLIN, 0};
    }
    for (;;) {
        char ignored[256];
        poll(watched, (nfds_t)run->count + 1, -1);
        if (watched[0].revents != 0 && read(run->call->input, ignored, sizeof ignored) <= 0) {
            return;
        }
        for (int i = 0; i < run->count; i++) {
            if (watched[1 + i].revents != 0) {
                take(run, &run->listeners[i]);
            }
        }
    }
}

static void end_all(struct run *run)
{
    for (int i = 0; i < run->count; i++) {
        close(run->listeners[i].socket);
    }
    pthread_mutex_lock(&run->lock);
    run->ending = 1;
    for (struct connection *connection = run->open; connection; connection = connection->next) {
        shutdown(connection->near, SHUT_RDWR);
        if (connection->far >= 0) {
            shutdown(connection->far, SHUT_RDWR);
        }
    }
    while (run->open != NULL) {
        pthread_cond_wait(&run->changed, &run->lock);
    }
    pthread_mutex_unlock(&run->lock);
}

static int converse(struct run *run)
{
    const char *client = plait_transport_variable(run->call, "TOR_PT_CLIENT_TRANSPORTS");
    const char *server = plait_transport_variable(run->call, "TOR_PT_SERVER_TRANSPORTS");
    const char *proxy = plait_transport_variable(run->call, "TOR_PT_PROXY");
    const char *orport = plait_transport_variable(run->call, "TOR_PT_ORPORT");
    dprintf(run->call->output, "VERSION 1\n");
    run->is_server = server != NULL;
    if (client == NULL && server == NULL) {
        dprintf(run->call->output, "ENV-ERROR neither TOR_PT_CLIENT_TRANSPORTS nor TOR_PT_SERVER_TRANSPORTS is set\n");
        return 1;
    }
    if (run->is_server && (orport == NULL || read_address(orport, &run->next) != 0)) {
        dprintf(run->call->output, "ENV-ERROR TOR_PT_ORPORT is no address\n");
        return 1;
    }
    if (!run->is_server && proxy != NULL) {
        if (read_proxy(run, proxy) != 0) {
            dprintf(run->call->output, "PROXY-ERROR only socks5 is supported\n");
            return 1;
        }
        dprintf(run->call->output, "PROXY DONE\n");
    }
    offer(run, run->is_server ? server : client);
    accept_all(run);
    end_all(run);
    return 0;
}

static int run(const struct plait_transport_call *call)
{
    if (!plait_transport_fits(call)) {
        return PLAIT_TRANSPORT_MISFIT;
    }
    struct run *run = calloc(1, sizeof *run);
    if (run == NULL) {
        return 71; /* EX_OSERR */
    }
    run->call = call;
    pthread_mutex_init(&run->lock, NULL);
    pthread_cond_init(&run->changed, NULL);
    int code = converse(run);
    pthread_cond_destroy(&run->changed);
    pthread_mutex_destroy(&run->lock);
    free(run);
    close(call->input);
    close(call->output);
    return code;
}

PLAIT_TRANSPORT(plait_transport, run)
