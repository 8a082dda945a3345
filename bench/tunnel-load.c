/*
 * Both ends of bench/tunnel.ts, in C so that they cost less than what is measured: an origin, and clients that reach it
 * through CONNECT tunnels of a proxy.
 *
 *   tunnel-load origin PORT
 *   tunnel-load download|upload|small PROXY_ADDRESS PROXY_PORT HOST:PORT CONCURRENCY REQUESTS BYTES HELLO_FILE
 *
 * A client sends a ClientHello first, as real ones do, because proxies look at it; then it and the origin go on in plain:
 * one byte for what it wants, eight for how many bytes. Prints "SECONDS P50_MS P99_MS".
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 1 << 18, MAX_EVENTS = 256, ORDER_BYTES = 9, MAX_HELLO = 2048 };

struct connection {
    int fd, state;
    char head[4096]; /* what is being sent, or has been received, before the bytes that count */
    int head_length, head_done;
    char order;
    uint64_t left;
    double started;
};

static char chunk[CHUNK];
static char hello[MAX_HELLO];
static int hello_length;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void prepare(int fd) {
    int one = 1;
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static void watch(int poll_fd, struct connection *c) {
    struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
    if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, c->fd, &e) < 0) fail("epoll_ctl");
}

/* Reads or writes until it would block. 1: done with `left`; 0: later; -1: the peer has ended. */
static int move(struct connection *c, int sending) {
    while (c->left > 0) {
        size_t want = c->left < CHUNK ? c->left : CHUNK;
        ssize_t n = sending ? write(c->fd, chunk, want) : read(c->fd, chunk, want);
        if (n < 0 && errno == EAGAIN) return 0;
        if (n <= 0) return -1;
        c->left -= n;
    }
    return 1;
}

/* ---- origin: first the hello and the order, then bytes one way, then until the client ends */

enum { READ_ORDER, SEND, RECEIVE, LINGER };

static int order_ready(struct connection *c) {
    while (c->head_length < 5 || c->head_length < 5 + (((uint8_t)c->head[3] << 8) | (uint8_t)c->head[4]) + ORDER_BYTES) {
        int want = c->head_length < 5 ? 5 - c->head_length
                                      : 5 + (((uint8_t)c->head[3] << 8) | (uint8_t)c->head[4]) + ORDER_BYTES - c->head_length;
        ssize_t n = read(c->fd, c->head + c->head_length, want);
        if (n < 0 && errno == EAGAIN) return 0;
        if (n <= 0) return -1;
        c->head_length += n;
    }
    c->order = c->head[c->head_length - ORDER_BYTES];
    memcpy(&c->left, c->head + c->head_length - 8, 8);
    return 1;
}

static int serve(struct connection *c) {
    int r;
    if (c->state == READ_ORDER) {
        if ((r = order_ready(c)) <= 0) return r;
        c->state = c->order == 'u' ? RECEIVE : SEND;
    }
    if (c->state == RECEIVE) {
        if ((r = move(c, 0)) <= 0) return r;
        c->left = 1;
        c->state = SEND;
    }
    if (c->state == SEND) {
        if ((r = move(c, 1)) <= 0) return r;
        c->state = LINGER;
    }
    char rest[64];
    ssize_t n = read(c->fd, rest, sizeof rest);
    return n < 0 && errno == EAGAIN ? 0 : -1;
}

static void origin(int port) {
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0), poll_fd = epoll_create1(0);
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&where, sizeof where) < 0 || listen(listener, 4096) < 0) fail("listen");
    prepare(listener);
    struct connection listening = {.fd = listener};
    watch(poll_fd, &listening);
    puts("ready");
    fflush(stdout);
    for (;;) {
        struct epoll_event events[MAX_EVENTS];
        int count = epoll_wait(poll_fd, events, MAX_EVENTS, -1);
        for (int i = 0; i < count; i++) {
            struct connection *c = events[i].data.ptr;
            if (c == &listening) {
                for (int fd; (fd = accept(listener, NULL, NULL)) >= 0;) {
                    struct connection *fresh = calloc(1, sizeof *fresh);
                    fresh->fd = fd;
                    prepare(fd);
                    watch(poll_fd, fresh);
                }
            } else if (serve(c) < 0) {
                close(c->fd);
                free(c);
            }
        }
    }
}

/* ---- client: CONNECT, its answer, hello and order, then bytes one way */

enum { SEND_CONNECT, READ_ANSWER, SEND_ORDER, SEND_BYTES, RECEIVE_BYTES };

static struct sockaddr_in proxy;
static const char *target;
static char order;
static uint64_t bytes;

static void begin(struct connection *c, int poll_fd) {
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    c->state = SEND_CONNECT;
    c->head_length = snprintf(c->head, sizeof c->head, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", target, target);
    c->head_done = 0;
    c->started = now();
    prepare(c->fd);
    if (connect(c->fd, (struct sockaddr *)&proxy, sizeof proxy) < 0 && errno != EINPROGRESS) fail("connect");
    watch(poll_fd, c);
}

static int send_head(struct connection *c) {
    while (c->head_done < c->head_length) {
        ssize_t n = write(c->fd, c->head + c->head_done, c->head_length - c->head_done);
        if (n < 0 && (errno == EAGAIN || errno == ENOTCONN)) return 0;
        if (n <= 0) fail("write");
        c->head_done += n;
    }
    c->head_length = c->head_done = 0;
    return 1;
}

static int read_answer(struct connection *c) {
    ssize_t n = read(c->fd, c->head + c->head_length, sizeof c->head - c->head_length - 1);
    if (n < 0 && errno == EAGAIN) return 0;
    if (n <= 0) fail("read the proxy's answer");
    c->head_length += n;
    c->head[c->head_length] = 0;
    if (!strstr(c->head, "\r\n\r\n")) return 0;
    if (strncmp(c->head + 8, " 200", 4)) {
        fprintf(stderr, "%s\n", c->head);
        exit(1);
    }
    memcpy(c->head, hello, hello_length);
    c->head[hello_length] = order;
    memcpy(c->head + hello_length + 1, &bytes, 8);
    c->head_length = hello_length + ORDER_BYTES;
    return 1;
}

/* 1: the request is over. */
static int go_on(struct connection *c) {
    int r;
    if (c->state == SEND_CONNECT) {
        if (!send_head(c)) return 0;
        c->state = READ_ANSWER;
    }
    if (c->state == READ_ANSWER) {
        if (!read_answer(c)) return 0;
        c->state = SEND_ORDER;
    }
    if (c->state == SEND_ORDER) {
        if (!send_head(c)) return 0;
        c->left = bytes;
        c->state = order == 'u' ? SEND_BYTES : RECEIVE_BYTES;
    }
    if (c->state == SEND_BYTES) {
        if ((r = move(c, 1)) < 0) fail("send");
        if (!r) return 0;
        c->left = 1;
        c->state = RECEIVE_BYTES;
    }
    if ((r = move(c, 0)) < 0) fail("receive");
    return r;
}

static int by_size(const void *a, const void *b) {
    double d = *(const double *)a - *(const double *)b;
    return d < 0 ? -1 : d > 0;
}

static void clients(int concurrency, int requests) {
    int poll_fd = epoll_create1(0), begun = 0, done = 0;
    double *took = calloc(requests, sizeof *took), start = now();
    struct connection *all = calloc(concurrency, sizeof *all);
    for (; begun < concurrency && begun < requests; begun++) begin(&all[begun], poll_fd);
    while (done < requests) {
        struct epoll_event events[MAX_EVENTS];
        int count = epoll_wait(poll_fd, events, MAX_EVENTS, 30000);
        if (count <= 0) fail("nothing happens");
        for (int i = 0; i < count; i++) {
            struct connection *c = events[i].data.ptr;
            if (!go_on(c)) continue;
            took[done++] = (now() - c->started) * 1000;
            close(c->fd);
            if (begun++ < requests) begin(c, poll_fd);
        }
    }
    double seconds = now() - start;
    qsort(took, requests, sizeof *took, by_size);
    printf("%.6f %.4f %.4f\n", seconds, took[requests / 2], took[(int)(requests * 0.99)]);
}

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN);
    if (argc == 3 && !strcmp(argv[1], "origin")) origin(atoi(argv[2]));
    if (argc != 9) {
        fputs("see the head of tunnel-load.c\n", stderr);
        return 2;
    }
    order = argv[1][0];
    proxy = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(atoi(argv[3]))};
    inet_pton(AF_INET, argv[2], &proxy.sin_addr);
    target = argv[4];
    bytes = strtoull(argv[7], NULL, 10);
    FILE *file = fopen(argv[8], "rb");
    if (!file) fail(argv[8]);
    hello_length = fread(hello, 1, sizeof hello, file);
    clients(atoi(argv[5]), atoi(argv[6]));
    return 0;
}
