/*
 * The origin of bench/gateway.ts: TLS 1.3, HTTP/1.1 and HTTP/2, one thread. In C so that it costs less than what is measured.
 *
 *   origin PORT CERTIFICATE_FILE KEY_FILE
 *
 * `/N` is answered with N bytes; a request with a body is read to its end and answered with how many bytes that were, so that
 * whoever sent it knows that all have arrived.
 */
#include "connection.h"
#include "message.h"

struct answer {
    struct message request; /* HTTP/1.1; on HTTP/2 only what is counted */
    char path[64];
    char count[24];
    uint64_t left; /* of the answer's body, that is filler */
};

static SSL_CTX *tls;

/* ---- HTTP/1.1 */

static void answer(struct connection *c, struct answer *a) {
    struct message *m = &a->request;
    char head[256], *path = strchr(m->head, '/');
    int is_count = m->received > 0;
    int count_length = snprintf(a->count, sizeof a->count, "%llu", (unsigned long long)m->received);
    a->left = is_count || !path ? 0 : strtoull(path + 1, NULL, 10);
    uint64_t length = is_count ? (uint64_t)count_length : a->left;
    static const char shape[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %llu\r\n\r\n";
    append(c, head, snprintf(head, sizeof head, shape, (unsigned long long)length));
    if (is_count) append(c, a->count, count_length);
    begin_message(m);
}

static int h1_received(struct connection *c, const char *bytes, size_t length) {
    struct answer *a = c->exchange;
    while (length > 0) {
        size_t taken = take_message(&a->request, bytes, length);
        bytes += taken;
        length -= taken;
        if (a->request.part == DONE) answer(c, a);
    }
    return 0;
}

static void h1_fill(struct connection *c) {
    struct answer *a = c->exchange;
    a->left -= append_filler(c, a->left);
}

/* ---- HTTP/2 */

static int on_begin(nghttp2_session *h2, const nghttp2_frame *frame, void *user) {
    (void)user;
    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST)
        nghttp2_session_set_stream_user_data(h2, frame->hd.stream_id, calloc(1, sizeof(struct answer)));
    return 0;
}

static int on_header(nghttp2_session *h2, const nghttp2_frame *frame, const uint8_t *name, size_t name_length,
                     const uint8_t *value, size_t value_length, uint8_t flags, void *user) {
    (void)flags, (void)user;
    struct answer *a = nghttp2_session_get_stream_user_data(h2, frame->hd.stream_id);
    if (a && name_length == 5 && !memcmp(name, ":path", 5) && value_length < sizeof a->path)
        memcpy(a->path, value, value_length);
    return 0;
}

static int on_data(nghttp2_session *h2, uint8_t flags, int32_t stream, const uint8_t *bytes, size_t length, void *user) {
    (void)flags, (void)user;
    struct answer *a = nghttp2_session_get_stream_user_data(h2, stream);
    if (a) count_body(&a->request, (const char *)bytes, length);
    return 0;
}

static nghttp2_ssize read_body(nghttp2_session *h2, int32_t stream, uint8_t *to, size_t room, uint32_t *flags,
                               nghttp2_data_source *source, void *user) {
    (void)h2, (void)stream, (void)user;
    struct answer *a = source->ptr;
    size_t some = a->left < room ? a->left : room;
    if (a->request.received) memcpy(to, a->count + strlen(a->count) - a->left, some);
    else memset(to, 'x', some);
    if (!(a->left -= some)) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return some;
}

static int on_frame(nghttp2_session *h2, const nghttp2_frame *frame, void *user) {
    (void)user;
    struct answer *a = nghttp2_session_get_stream_user_data(h2, frame->hd.stream_id);
    if (!a || !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM) || frame->hd.type > NGHTTP2_HEADERS) return 0;
    int count_length = snprintf(a->count, sizeof a->count, "%llu", (unsigned long long)a->request.received);
    a->left = a->request.received ? (uint64_t)count_length : strtoull(a->path + 1, NULL, 10);
    char length[24];
    int digits = snprintf(length, sizeof length, "%llu", (unsigned long long)a->left);
    nghttp2_nv head[] = {{(uint8_t *)":status", (uint8_t *)"200", 7, 3, 0},
                         {(uint8_t *)"content-type", (uint8_t *)"application/json", 12, 16, 0},
                         {(uint8_t *)"content-length", (uint8_t *)length, 14, digits, 0}};
    nghttp2_data_provider2 body = {{.ptr = a}, read_body};
    return nghttp2_submit_response2(h2, frame->hd.stream_id, head, 3, &body);
}

static int on_close(nghttp2_session *h2, int32_t stream, uint32_t code, void *user) {
    (void)code, (void)user;
    free(nghttp2_session_get_stream_user_data(h2, stream));
    return 0;
}

static void begin_h2(struct connection *c) {
    nghttp2_session_callbacks *callbacks;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_session_server_new(&c->h2, callbacks, c);
    nghttp2_session_callbacks_del(callbacks);
    h2_settings(c);
}

/* ---- the loop */

static int received(struct connection *c, const char *bytes, size_t length) {
    return c->h2 ? h2_received(c, bytes, length) : h1_received(c, bytes, length);
}

static void fill(struct connection *c) {
    c->h2 ? h2_fill(c) : h1_fill(c);
}

static void opened(struct connection *c) {
    const unsigned char *protocol;
    unsigned length;
    SSL_get0_alpn_selected(c->ssl, &protocol, &length);
    if (length == 2) begin_h2(c);
    else c->exchange = calloc(1, sizeof(struct answer));
}

static const struct role ORIGIN = {received, fill, opened};

static int choose(SSL *ssl, const unsigned char **out, unsigned char *length, const unsigned char *in, unsigned in_length,
                  void *user) {
    (void)ssl, (void)user;
    static const unsigned char spoken[] = "\x02h2\x08http/1.1";
    int found = SSL_select_next_proto((unsigned char **)out, length, spoken, sizeof spoken - 1, in, in_length);
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

static void begin(int poll_fd, int fd) {
    struct connection *c = calloc(1, sizeof *c);
    c->fd = fd;
    c->ssl = SSL_new(tls);
    prepare(fd);
    SSL_set_fd(c->ssl, fd);
    SSL_set_accept_state(c->ssl);
    watch(poll_fd, fd, c);
}

static void end(struct connection *c) {
    nghttp2_session_del(c->h2);
    SSL_free(c->ssl);
    close(c->fd);
    free(c->exchange);
    free(c);
}

int main(int argc, char **argv) {
    if (argc != 4) fail("see the head of origin.c");
    tls = context(TLS_server_method());
    SSL_CTX_set_num_tickets(tls, 0);
    SSL_CTX_set_alpn_select_cb(tls, choose, NULL);
    if (SSL_CTX_use_certificate_chain_file(tls, argv[2]) != 1) fail(argv[2]);
    if (SSL_CTX_use_PrivateKey_file(tls, argv[3], SSL_FILETYPE_PEM) != 1) fail(argv[3]);
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0), poll_fd = epoll_create1(0);
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&where, sizeof where) < 0 || listen(listener, 4096) < 0) fail("listen");
    prepare(listener);
    watch(poll_fd, listener, &listener);
    for (;;) {
        struct epoll_event events[MAX_EVENTS];
        int count = epoll_wait(poll_fd, events, MAX_EVENTS, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == &listener)
                for (int fd; (fd = accept(listener, NULL, NULL)) >= 0;) begin(poll_fd, fd);
            else if (pump(events[i].data.ptr, &ORIGIN) < 0) end(events[i].data.ptr);
        }
    }
}
