/* An HTTP/1.1 message as it arrives: a head, then a body by Content-Length or in chunks (RFC 9112, 6 and 7). Strict only where
   a mistake would make a wrong figure. */

enum { HEAD_BYTES = 16384 };
enum part { HEAD, BODY, CHUNK_SIZE, CHUNK_DATA, CHUNK_END, TRAILERS, DONE };

struct message {
    enum part part;
    char head[HEAD_BYTES];
    int head_length;
    char line[64]; /* a chunk's size, or a trailer */
    int line_length;
    uint64_t left;     /* of the body, or of a chunk */
    uint64_t received; /* of the body so far */
    char first[24];    /* of the body */
};

static void count_body(struct message *m, const char *bytes, size_t length) {
    for (size_t i = 0; i < length && m->received + i < sizeof m->first - 1; i++) m->first[m->received + i] = bytes[i];
    m->received += length;
}

static void begin_message(struct message *m) {
    m->part = HEAD;
    m->head_length = m->line_length = 0;
    m->received = m->left = 0;
    memset(m->first, 0, sizeof m->first);
}

static void end_of_head(struct message *m) {
    m->head[m->head_length] = 0;
    const char *length = strcasestr(m->head, "\r\ncontent-length:");
    if (strcasestr(m->head, "\r\ntransfer-encoding: chunked")) m->part = CHUNK_SIZE;
    else if (length && (m->left = strtoull(length + 17, NULL, 10)) > 0) m->part = BODY;
    else m->part = DONE;
}

static size_t take_head(struct message *m, const char *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (m->head_length == HEAD_BYTES - 1) fail("a head that is too long");
        m->head[m->head_length++] = bytes[i];
        if (bytes[i] == '\n' && m->head_length >= 4 && !memcmp(m->head + m->head_length - 4, "\r\n\r\n", 4)) {
            end_of_head(m);
            return i + 1;
        }
    }
    return length;
}

static size_t take_line(struct message *m, const char *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != '\n') {
            if (bytes[i] != '\r' && m->line_length < (int)sizeof m->line - 1) m->line[m->line_length++] = bytes[i];
            continue;
        }
        m->line[m->line_length] = 0;
        int is_empty = !m->line_length;
        m->line_length = 0;
        if (m->part == CHUNK_END) m->part = CHUNK_SIZE;
        else if (m->part == TRAILERS) m->part = is_empty ? DONE : TRAILERS;
        else m->part = (m->left = strtoull(m->line, NULL, 16)) > 0 ? CHUNK_DATA : TRAILERS;
        return i + 1;
    }
    return length;
}

/* Takes bytes until they or the message are over; gives how many it took. */
static size_t take_message(struct message *m, const char *bytes, size_t length) {
    size_t at = 0;
    while (at < length && m->part != DONE) {
        if (m->part == HEAD) at += take_head(m, bytes + at, length - at);
        else if (m->part == BODY || m->part == CHUNK_DATA) {
            size_t some = m->left < length - at ? m->left : length - at;
            count_body(m, bytes + at, some);
            at += some;
            if (!(m->left -= some)) m->part = m->part == BODY ? DONE : CHUNK_END;
        } else at += take_line(m, bytes + at, length - at);
    }
    return at;
}
