/*
 * The hand-written joiner: joins pluggable transports with as little as possible. Blocking threads, and splice(2) for the
 * payload, as Go's io.Copy does between two sockets. No process control, no checks, no reasons, no limits.
 *
 *   joiner relay PORT                 relays each connection to PORT
 *   joiner client PORT PORT...        a SOCKS5 port for tor; the SOCKS ports of the transports, nearest to tor first
 *   joiner server PORT COOKIE-FILE    an Extended ORPort for one transport, in front of the next one inwards at PORT;
 *                                     writes the cookie file
 *
 * Every address is 127.0.0.1. The first line of stdout is the listener's address; the end of stdin ends the program.
 * The client gives every transport all arguments of the connection, the credentials unread. Comments such as (S5) and (X6)
 * name the steps: S is SOCKS as tor speaks it, RFC 1928 and 1929; X is ext-orport-spec.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PIPE_SIZE = 1 << 20,       /* asked for, as Go does; the system's size where it is refused */
    STACK_SIZE = 64 * 1024,    /* a thread for each direction */
    FIRST_BYTE_HOLD_MS = 2000, /* as Plait's Limits.FirstByteHold */
    MOST_HOPS = 8,
};

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

/* Sockets. */

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void send_at_once(int socket)
{
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in to = loopback(port);
    int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (made < 0)
        return -1;
    send_at_once(made);
    if (connect(made, (struct sockaddr *)&to, sizeof to) == 0)
        return made;
    close(made);
    return -1;
}

static int listen_on_loopback(int backlog, uint16_t *port)
{
    struct sockaddr_in at = loopback(0);
    socklen_t length = sizeof at;
    int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (made < 0)
        return -1;
    if (bind(made, (struct sockaddr *)&at, sizeof at) < 0 || listen(made, backlog) < 0 ||
        getsockname(made, (struct sockaddr *)&at, &length) < 0) {
        close(made);
        return -1;
    }
    *port = ntohs(at.sin_port);
    return made;
}

static int accept_from(int listener)
{
    int accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (accepted >= 0)
        send_at_once(accepted);
    return accepted;
}

static int receive(int socket, void *bytes, size_t count)
{
    return recv(socket, bytes, count, MSG_WAITALL) == (ssize_t)count;
}

static int transmit(int socket, const void *bytes, size_t count)
{
    return send(socket, bytes, count, MSG_NOSIGNAL) == (ssize_t)count; /* a few hundred bytes: never in parts */
}

static int start(pthread_t *thread, void *(*run)(void *), void *of)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    int error = pthread_create(thread, &attributes, run, of);
    pthread_attr_destroy(&attributes);
    return error == 0;
}

/* The relay. */

struct direction {
    int from, to;
};

/* Moves bytes until one side ends. After an orderly end the other direction goes on; an error ends both. */
static void *copy(void *of)
{
    struct direction *way = of;
    int pipe[2];
    ssize_t count = -1;
    if (pipe2(pipe, O_CLOEXEC) == 0) {
        fcntl(pipe[1], F_SETPIPE_SZ, PIPE_SIZE);
        while ((count = splice(way->from, NULL, pipe[1], NULL, PIPE_SIZE, SPLICE_F_MOVE)) > 0) {
            while (count > 0) {
                ssize_t moved = splice(pipe[0], NULL, way->to, NULL, (size_t)count, SPLICE_F_MOVE);
                if (moved <= 0)
                    break;
                count -= moved;
            }
            if (count > 0) {
                count = -1;
                break;
            }
        }
        close(pipe[0]);
        close(pipe[1]);
    }
    shutdown(way->to, count == 0 ? SHUT_WR : SHUT_RDWR);
    if (count < 0)
        shutdown(way->from, SHUT_RDWR);
    return NULL;
}

/* Relays both ways, and closes both sockets when both directions have ended. */
static void relay(int first, int second)
{
    struct direction forward = {first, second}, backward = {second, first};
    pthread_t other;
    if (start(&other, copy, &backward)) {
        copy(&forward);
        pthread_join(other, NULL);
    }
    close(first);
    close(second);
}

/* The client. */

struct credentials {
    uint8_t bytes[513]; /* as tor sends them: version, length, name, length, password (S5) */
    size_t length;      /* 0: no arguments */
};

struct request {
    uint8_t bytes[22]; /* CONNECT to an address (S6) */
    size_t length;
};

static uint16_t hops[MOST_HOPS];
static int hop_count;

/* The other side of tor's SOCKS5 handshake, up to its CONNECT. */
static int read_socks_request(int tor, struct credentials *credentials, struct request *request)
{
    uint8_t methods[2 + 255];
    if (!receive(tor, methods, 2) || methods[0] != 5 || !receive(tor, methods + 2, methods[1]))
        return 0;
    uint8_t method = memchr(methods + 2, 2, methods[1]) != NULL ? 2 : 0; /* with arguments: always 2 (S3) */
    if (!transmit(tor, (uint8_t[]){5, method}, 2))
        return 0;
    credentials->length = 0;
    if (method == 2) {
        uint8_t *at = credentials->bytes;
        if (!receive(tor, at, 2) || !receive(tor, at + 2, at[1] + 1u))
            return 0;
        size_t name = 2u + at[1];
        if (!receive(tor, at + name + 1, at[name]) || !transmit(tor, (uint8_t[]){1, 0}, 2))
            return 0;
        credentials->length = name + 1 + at[name];
    }
    if (!receive(tor, request->bytes, 4))
        return 0;
    request->length = request->bytes[3] == 1 ? 4 + 4 + 2 : request->bytes[3] == 4 ? 4 + 16 + 2 : 0;
    return request->length > 0 && receive(tor, request->bytes + 4, request->length - 4);
}

/* Asks a transport to connect, one message at a time (S23). */
static int dial(uint16_t port, const struct credentials *credentials, const struct request *request)
{
    uint8_t reply[4 + 16 + 2];
    uint8_t method = credentials->length > 0 ? 2 : 0;
    int socket = connect_to(port);
    if (socket < 0)
        return -1;
    if (!transmit(socket, (uint8_t[]){5, 1, method}, 3) || !receive(socket, reply, 2) || reply[1] != method)
        goto refused;
    if (method == 2 && (!transmit(socket, credentials->bytes, credentials->length) || !receive(socket, reply, 2) ||
                        reply[1] != 0))
        goto refused;
    if (!transmit(socket, request->bytes, request->length) || !receive(socket, reply, 4) || reply[1] != 0 ||
        !receive(socket, reply + 4, reply[3] == 4 ? 18 : 6))
        goto refused;
    return socket;
refused:
    close(socket);
    return -1;
}

struct joint {
    int listener, onward;
};

static void *serve_joint(void *of)
{
    struct joint joint = *(struct joint *)of;
    free(of);
    int accepted = accept_from(joint.listener);
    if (accepted >= 0)
        relay(accepted, joint.onward);
    else
        close(joint.onward);
    return NULL;
}

/* Lets a transport dial a listener of ours, behind which is the next transport's stream. Owns that stream. */
static int join(uint16_t hop, const struct credentials *credentials, int onward)
{
    uint16_t port = 0;
    pthread_t thread;
    struct joint *joint = malloc(sizeof *joint);
    int listener = listen_on_loopback(1, &port);
    *joint = (struct joint){listener, onward};
    if (listener < 0 || !start(&thread, serve_joint, joint)) {
        close(listener);
        close(onward);
        free(joint);
        return -1;
    }
    struct request request = {{5, 1, 0, 1, 127, 0, 0, 1, port >> 8, port & 255}, 10};
    int stream = dial(hop, credentials, &request);
    if (stream >= 0) {
        pthread_detach(thread);
    } else {
        shutdown(listener, SHUT_RDWR); /* wakes the thread if nothing connected */
        pthread_join(thread, NULL);
    }
    close(listener);
    return stream;
}

static void serve_tor(int tor)
{
    struct credentials credentials;
    struct request request;
    int stream = -1;
    if (read_socks_request(tor, &credentials, &request)) {
        stream = dial(hops[hop_count - 1], &credentials, &request);
        for (int hop = hop_count - 2; hop >= 0 && stream >= 0; hop--)
            stream = join(hops[hop], &credentials, stream);
    }
    if (stream < 0) {
        close(tor);
        return;
    }
    transmit(tor, (uint8_t[]){5, 0, 0, 1, 0, 0, 0, 0, 0, 0}, 10);
    relay(tor, stream);
}

/* The bridge: the server of SAFE_COOKIE, which needs HMAC-SHA256 (FIPS 180-4, RFC 2104). */

static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
    0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
    0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
    0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate(uint32_t word, int bits)
{
    return word >> bits | word << (32 - bits);
}

static void hash_block(uint32_t state[8], const uint8_t block[64])
{
    uint32_t w[64], s[8];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 64; i++)
        w[i] = w[i - 16] + (rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3) + w[i - 7] +
               (rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10);
    memcpy(s, state, sizeof s);
    for (int i = 0; i < 64; i++) {
        uint32_t one = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) +
                       round_constants[i] + w[i];
        uint32_t two = (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) +
                       ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += one;
        s[0] = one + two;
    }
    for (int i = 0; i < 8; i++)
        state[i] += s[i];
}

static void sha256(const uint8_t *bytes, size_t count, uint8_t digest[32])
{
    uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    uint8_t last[128] = {0};
    size_t rest = count % 64, length = rest < 56 ? 64 : 128;
    for (size_t at = 0; at + 64 <= count; at += 64)
        hash_block(state, bytes + at);
    memcpy(last, bytes + count - rest, rest);
    last[rest] = 0x80;
    for (int i = 0; i < 8; i++)
        last[length - 1 - i] = (uint8_t)((uint64_t)count * 8 >> 8 * i);
    for (size_t at = 0; at < length; at += 64)
        hash_block(state, last + at);
    for (int i = 0; i < 32; i++)
        digest[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
}

static const char cookie_header[] = "! Extended ORPort Auth Cookie !\n"; /* 32 bytes (X7) */
static uint8_t cookie[32];
static uint16_t target;

/* HMAC-SHA256 with the cookie of: which (46 bytes), the client's nonce, the server's nonce (X6). */
static void authenticate(const char *which, const uint8_t client[32], const uint8_t server[32], uint8_t digest[32])
{
    uint8_t inner[64 + 46 + 64] = {0}, outer[64 + 32] = {0};
    memcpy(inner, cookie, 32);
    memcpy(outer, cookie, 32);
    for (int i = 0; i < 64; i++) {
        inner[i] ^= 0x36;
        outer[i] ^= 0x5c;
    }
    memcpy(inner + 64, which, 46);
    memcpy(inner + 110, client, 32);
    memcpy(inner + 142, server, 32);
    sha256(inner, sizeof inner, outer + 64);
    sha256(outer, sizeof outer, digest);
}

static int serve_ext_orport_handshake(int transport)
{
    uint8_t hello[1 + 32], answer[64], expected[32], hash[32], head[4], body[256];
    if (!transmit(transport, (uint8_t[]){1, 0}, 2) || !receive(transport, hello, 33) || hello[0] != 1 ||
        getrandom(answer + 32, 32, 0) != 32)
        return 0; /* X2 to X4 */
    authenticate("ExtORPort authentication server-to-client hash", hello + 1, answer + 32, answer);
    authenticate("ExtORPort authentication client-to-server hash", hello + 1, answer + 32, expected);
    if (!transmit(transport, answer, 64) || !receive(transport, hash, 32) || memcmp(hash, expected, 32) != 0 ||
        !transmit(transport, (uint8_t[]){1}, 1))
        return 0; /* X5, X9 */
    do {
        if (!receive(transport, head, 4))
            return 0;
        size_t length = (size_t)head[2] << 8 | head[3];
        if (length > sizeof body || (length > 0 && !receive(transport, body, length)))
            return 0;
    } while (head[0] != 0 || head[1] != 0); /* DONE; the others are not read (X13) */
    return 1;
}

static void serve_transport(int outer)
{
    int inner = -1;
    if (!serve_ext_orport_handshake(outer) || (inner = connect_to(target)) < 0 ||
        !transmit(outer, (uint8_t[]){0x10, 0, 0, 0}, 4)) { /* OKAY */
        close(outer);
        if (inner >= 0)
            close(inner);
        return;
    }
    /* The inner hop's first bytes wait for the outer hop's: obfs4proxy's client keeps bytes that reach it together with the
       server's handshake until more come, so openings would be lost. */
    poll(&(struct pollfd){.fd = outer, .events = POLLIN}, 1, FIRST_BYTE_HOLD_MS);
    relay(outer, inner);
}

static void serve_relay(int accepted)
{
    int onward = connect_to(target);
    if (onward >= 0)
        relay(accepted, onward);
    else
        close(accepted);
}

/* The program. */

static void (*serve)(int accepted);

static void *serve_accepted(void *of)
{
    serve((int)(intptr_t)of);
    return NULL;
}

static void *accept_all(void *of)
{
    int accepted;
    pthread_t thread;
    while ((accepted = accept_from((int)(intptr_t)of)) >= 0) {
        if (start(&thread, serve_accepted, (void *)(intptr_t)accepted))
            pthread_detach(thread);
        else
            close(accepted);
    }
    fail("accept");
    return NULL;
}

static void write_cookie(const char *path)
{
    FILE *file = fopen(path, "wb");
    if (getrandom(cookie, 32, 0) != 32 || file == NULL || fwrite(cookie_header, 1, 32, file) != 32 ||
        fwrite(cookie, 1, 32, file) != 32 || fclose(file) != 0)
        fail(path);
}

int main(int count, char **words)
{
    uint16_t port = 0;
    pthread_t thread;
    char ignored[64];
    signal(SIGPIPE, SIG_IGN); /* splice has no MSG_NOSIGNAL */
    if (count == 3 && strcmp(words[1], "relay") == 0) {
        serve = serve_relay;
        target = (uint16_t)atoi(words[2]);
    } else if (count >= 4 && count <= 2 + MOST_HOPS && strcmp(words[1], "client") == 0) {
        serve = serve_tor;
        for (int i = 2; i < count; i++)
            hops[hop_count++] = (uint16_t)atoi(words[i]);
    } else if (count == 4 && strcmp(words[1], "server") == 0) {
        serve = serve_transport;
        target = (uint16_t)atoi(words[2]);
        write_cookie(words[3]);
    } else {
        fprintf(stderr, "usage: joiner relay PORT | client PORT PORT... | server PORT COOKIE-FILE\n");
        return 2;
    }
    int listener = listen_on_loopback(4096, &port);
    if (listener < 0 || !start(&thread, accept_all, (void *)(intptr_t)listener))
        fail("listen");
    printf("127.0.0.1:%d\n", port);
    fflush(stdout);
    while (read(STDIN_FILENO, ignored, sizeof ignored) > 0)
        continue;
    return 0;
}
