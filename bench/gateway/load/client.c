/*
 * The clients of bench/gateway.ts: requests over TLS, through a CONNECT tunnel of a proxy or directly. In C so that they cost
 * less than what is measured.
 *
 *   client ADDRESS PORT connect|direct NAME CA_FILE h1|h2 down|up CONCURRENCY REQUESTS BYTES
 *
 * With h2 all requests are streams of one connection, where the other side speaks it; else each of CONCURRENCY has its own. The
 * certificate must be of CA_FILE and for NAME. Connections are open before time is taken; how long that took is a figure of its
 * own. Every answer is counted to its last byte. Prints "PROTOCOL SECONDS P50_MS P99_MS OPEN_P50_MS".
 */
#include "connection.h"
#include "message.h"

struct request {
    struct message answer; /* HTTP/1.1; on HTTP/2 only what is counted */
    double started;
    uint64_t left; /* of its body, that is filler */
    int status;
};

enum { CLIENT_ADDRESS = INADDR_LOOPBACK + 253 };

static const char *name;
static int is_up, port, begun, done, requests;
static uint64_t bytes;
static double *took;

static void finish(struct request *r) {
    uint64_t counted = is_up ? strtoull(r->answer.first, NULL, 10) : r->answer.received;
    if (r->status != 200 || counted != bytes) {
        fprintf(stderr, "status %d, %llu bytes instead of %llu\n%.300s\n%s\n", r->status, (unsigned long long)counted,
                (unsigned long long)bytes, r->answer.head, r->answer.first);
        exit(1);
    }
    took[done++] = (now() - r->started) * 1000;
}

/* ---- HTTP/1.1 */

static void ask_h1(struct connection *c) {
    struct request *r = c->exchange;
    if (begun++ >= requests) return;
    begin_message(&r->answer);
    r->started = now();
    char head[512];
    unsigned long long size = bytes;
    int length = is_up ? snprintf(head, sizeof head, "POST /up HTTP/1.1\r\nHost: %s\r\nContent-Length: %llu\r\n", name, size)
                       : snprintf(head, sizeof head, "GET /%llu HTTP/1.1\r\nHost: %s\r\n", size, name);
    static const char rest[] = "User-Agent: bench\r\nAccept: application/json\r\nAuthorization: Bearer 0123456789abcdef\r\n\r\n";
    append(c, head, length);
    append(c, rest, sizeof rest - 1);
    r->left = is_up ? bytes : 0;
}

static int h1_received(struct connection *c, const char *in, size_t length) {
    struct request *r = c->exchange;
    take_message(&r->answer, in, length);
    if (r->answer.part != DONE) return 0;
    r->status = atoi(r->answer.head + 9);
    finish(r);
    ask_h1(c);
    return 0;
}

static void h1_fill(struct connection *c) {
    struct request *r = c->exchange;
    r->left -= append_filler(c, r->left);
}

/* ---- HTTP/2 */

static nghttp2_ssize read_body(nghttp2_session *h2, int32_t stream, uint8_t *to, size_t room, uint32_t *flags,
                               nghttp2_data_source *source, void *user) {
    (void)h2, (void)stream, (void)user;
    struct request *r = source->ptr;
    size_t some = r->left < room ? r->left : room;
    memset(to, 'x', some);
    if (!(r->left -= some)) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return some;
}

#define FIELD(field, value) {(uint8_t *)(field), (uint8_t *)(value), strlen(field), strlen(value), 0}

static void ask_h2(struct connection *c, struct request *r) {
    if (begun++ >= requests) return;
    begin_message(&r->answer);
    r->started = now();
    r->status = 0;
    r->left = is_up ? bytes : 0;
    char path[32], length[32];
    snprintf(path, sizeof path, is_up ? "/up" : "/%llu", (unsigned long long)bytes);
    snprintf(length, sizeof length, "%llu", (unsigned long long)bytes);
    nghttp2_nv head[] = {FIELD(":method", is_up ? "POST" : "GET"), FIELD(":scheme", "https"), FIELD(":authority", name),
                         FIELD(":path", path), FIELD("user-agent", "bench"), FIELD("accept", "application/json"),
                         FIELD("authorization", "Bearer 0123456789abcdef"), FIELD("content-length", length)};
    nghttp2_data_provider2 body = {{.ptr = r}, read_body};
    if (nghttp2_submit_request2(c->h2, NULL, head, is_up ? 8 : 7, is_up ? &body : NULL, r) < 0) fail("submit");
}

static int on_header(nghttp2_session *h2, const nghttp2_frame *frame, const uint8_t *field, size_t field_length,
                     const uint8_t *value, size_t value_length, uint8_t flags, void *user) {
    (void)value_length, (void)flags, (void)user;
    struct request *r = nghttp2_session_get_stream_user_data(h2, frame->hd.stream_id);
    if (r && field_length == 7 && !memcmp(field, ":status", 7)) r->status = atoi((const char *)value);
    return 0;
}

static int on_data(nghttp2_session *h2, uint8_t flags, int32_t stream, const uint8_t *in, size_t length, void *user) {
    (void)flags, (void)user;
    struct request *r = nghttp2_session_get_stream_user_data(h2, stream);
    if (r) count_body(&r->answer, (const char *)in, length);
    return 0;
}

static int on_close(nghttp2_session *h2, int32_t stream, uint32_t code, void *user) {
    struct request *r = nghttp2_session_get_stream_user_data(h2, stream);
    if (code) fprintf(stderr, "stream ended with error %u\n", code);
    finish(r);
    ask_h2(user, r);
    return 0;
}

static void begin_h2(struct connection *c) {
    nghttp2_session_callbacks *callbacks;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_session_client_new(&c->h2, callbacks, c);
    nghttp2_session_callbacks_del(callbacks);
    h2_settings(c);
}

/* ---- opening, one after the other, and the loop */

static int received(struct connection *c, const char *in, size_t length) {
    return c->h2 ? h2_received(c, in, length) : h1_received(c, in, length);
}

static void fill(struct connection *c) {
    c->h2 ? h2_fill(c) : h1_fill(c);
}

static const struct role CLIENT = {received, fill, NULL};

static void connect_tunnel(int fd) {
    char text[4096];
    int length = snprintf(text, sizeof text, "CONNECT %s:%d HTTP/1.1\r\nHost: %s:%d\r\n\r\n", name, port, name, port), got = 0;
    if (write(fd, text, length) != length) fail("CONNECT");
    do {
        int n = read(fd, text + got, sizeof text - 1 - got);
        if (n <= 0) fail("the answer to CONNECT");
        text[got += n] = 0;
    } while (!strstr(text, "\r\n\r\n"));
    if (strncmp(text + 8, " 200", 4)) fail(text);
}

static struct connection *open_connection(const struct sockaddr_in *where, int is_proxied, SSL_CTX *tls) {
    struct connection *c = calloc(1, sizeof *c);
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    /* mockttp takes a client for itself, and so for a loop, by the port alone when both have one address. */
    const struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(CLIENT_ADDRESS)};
    if (bind(c->fd, (const struct sockaddr *)&own, sizeof own) < 0) fail("bind");
    if (connect(c->fd, (const struct sockaddr *)where, sizeof *where) < 0) fail("connect");
    if (is_proxied) connect_tunnel(c->fd);
    c->ssl = SSL_new(tls);
    SSL_set_tlsext_host_name(c->ssl, name);
    SSL_set1_host(c->ssl, name);
    SSL_set_fd(c->ssl, c->fd);
    if (SSL_connect(c->ssl) != 1) fail("TLS");
    prepare(c->fd);
    const unsigned char *protocol;
    unsigned length;
    SSL_get0_alpn_selected(c->ssl, &protocol, &length);
    if (length == 2) begin_h2(c);
    else c->exchange = calloc(1, sizeof(struct request));
    return c;
}

static int by_size(const void *a, const void *b) {
    double d = *(const double *)a - *(const double *)b;
    return d < 0 ? -1 : d > 0;
}

int main(int argc, char **argv) {
    if (argc != 11) fail("see the head of client.c");
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
    inet_pton(AF_INET, argv[1], &where.sin_addr);
    int is_proxied = !strcmp(argv[3], "connect"), concurrency = atoi(argv[8]), poll_fd = epoll_create1(0), opened = 0;
    name = strdup(argv[4]);
    port = 443;
    is_up = !strcmp(argv[7], "up");
    requests = atoi(argv[9]);
    bytes = strtoull(argv[10], NULL, 10);
    took = calloc(requests, sizeof *took);
    SSL_CTX *tls = context(TLS_client_method());
    if (SSL_CTX_load_verify_locations(tls, argv[5], NULL) != 1) fail(argv[5]);
    SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
    static const unsigned char h2[] = "\x02h2\x08http/1.1";
    if (!strcmp(argv[6], "h2")) SSL_CTX_set_alpn_protos(tls, h2, sizeof h2 - 1);
    else SSL_CTX_set_alpn_protos(tls, h2 + 3, sizeof h2 - 4);

    struct connection **all = calloc(concurrency, sizeof *all);
    double *opening = calloc(concurrency, sizeof *opening);
    do {
        double from = now();
        all[opened] = open_connection(&where, is_proxied, tls);
        opening[opened++] = (now() - from) * 1000;
    } while (opened < concurrency && !all[0]->h2);

    double start = now();
    if (all[0]->h2)
        for (int i = 0; i < concurrency; i++) ask_h2(all[0], calloc(1, sizeof(struct request)));
    else
        for (int i = 0; i < opened; i++) ask_h1(all[i]);
    for (int i = 0; i < opened; i++) watch(poll_fd, all[i]->fd, all[i]);
    while (done < requests) {
        struct epoll_event events[MAX_EVENTS];
        int count = epoll_wait(poll_fd, events, MAX_EVENTS, 30000);
        if (count <= 0) fail("nothing happens");
        for (int i = 0; i < count; i++)
            if (pump(events[i].data.ptr, &CLIENT) < 0 && done < requests) fail("a connection ended");
    }
    double seconds = now() - start;
    qsort(took, requests, sizeof *took, by_size);
    qsort(opening, opened, sizeof *opening, by_size);
    printf("%s %.6f %.4f %.4f %.4f\n", all[0]->h2 ? "h2" : "h1", seconds, took[requests / 2], took[(int)(requests * 0.99)],
           opening[opened / 2]);
    return 0;
}
