/* One TLS connection in an epoll loop, for both ends of bench/gateway.ts: what arrives is given to the role, and what the role
   has to say is taken from it whenever the socket takes more. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { OUT_BYTES = 1 << 16, LARGEST_FRAME = 16384 + 9, MAX_EVENTS = 256, WINDOW_BYTES = 1 << 24 };

struct connection {
    int fd;
    SSL *ssl;
    char out[OUT_BYTES];
    int out_length, out_done;
    nghttp2_session *h2; /* NULL: HTTP/1.1 */
    void *exchange;      /* the role's own, of HTTP/1.1 */
};

struct role {
    int (*received)(struct connection *, const char *, size_t); /* -1: the connection is over */
    void (*fill)(struct connection *);                          /* appends to `out`, if there is anything */
    void (*opened)(struct connection *);                        /* the handshake is done */
};

static void fail(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    ERR_print_errors_fp(stderr);
    exit(1);
}

static inline double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void append(struct connection *c, const void *bytes, size_t length) {
    if (c->out_length + length > OUT_BYTES) fail("a head that is too large");
    memcpy(c->out + c->out_length, bytes, length);
    c->out_length += length;
}

/* Body bytes that nobody looks at, as many as have room; gives how many. */
static uint64_t append_filler(struct connection *c, uint64_t left) {
    size_t room = OUT_BYTES - c->out_length, some = left < room ? left : room;
    memset(c->out + c->out_length, 'x', some);
    c->out_length += some;
    return some;
}

static void prepare(int fd) {
    int one = 1;
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static void watch(int poll_fd, int fd, void *what) {
    struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = what};
    if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &e) < 0) fail("epoll_ctl");
}

/* 0: it would block; -1: the connection is over. */
static int why(struct connection *c, int result) {
    int error = SSL_get_error(c->ssl, result);
    ERR_clear_error();
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

/* Reads and writes until both would block. -1: the connection is over. */
static int pump(struct connection *c, const struct role *role) {
    static char in[OUT_BYTES];
    if (!SSL_is_init_finished(c->ssl)) {
        int done = SSL_do_handshake(c->ssl);
        if (done != 1) return why(c, done);
        role->opened(c);
    }
    for (int n; (n = SSL_read(c->ssl, in, sizeof in)) > 0 || why(c, n) < 0;) {
        if (n <= 0 || role->received(c, in, n) < 0) return -1;
    }
    for (;;) {
        if (c->out_done == c->out_length) {
            c->out_done = c->out_length = 0;
            role->fill(c);
            if (!c->out_length) return 0;
        }
        int n = SSL_write(c->ssl, c->out + c->out_done, c->out_length - c->out_done);
        if (n <= 0) return why(c, n);
        c->out_done += n;
    }
}

static SSL_CTX *context(const SSL_METHOD *method) {
    SSL_CTX *made = SSL_CTX_new(method);
    SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    signal(SIGPIPE, SIG_IGN);
    return made;
}

/* ---- HTTP/2: nghttp2 between `received` and `fill` */

static int h2_received(struct connection *c, const char *bytes, size_t length) {
    return nghttp2_session_mem_recv2(c->h2, (const uint8_t *)bytes, length) < 0 ? -1 : 0;
}

static void h2_fill(struct connection *c) {
    while (c->out_length + LARGEST_FRAME <= OUT_BYTES) {
        const uint8_t *frame;
        nghttp2_ssize length = nghttp2_session_mem_send2(c->h2, &frame);
        if (length <= 0) return;
        append(c, frame, length);
    }
}

/* Windows so large that they hold nothing up. */
static void h2_settings(struct connection *c) {
    nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW_BYTES},
                                         {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 1000}};
    nghttp2_submit_settings(c->h2, NGHTTP2_FLAG_NONE, settings, 2);
    nghttp2_session_set_local_window_size(c->h2, NGHTTP2_FLAG_NONE, 0, WINDOW_BYTES);
}
