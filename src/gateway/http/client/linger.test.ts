import { afterEach, expect, test, vi } from 'vitest';
import { OK, open, settle } from './h1.testing.ts';

/** A last answer to a client that has not sent its whole request, and reads nothing before that. */

const POST = 'POST /a HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100000\r\n\r\n';
const LAST = { ...OK, status: 413, headers: ['Connection', 'close'] };

afterEach(() => vi.restoreAllMocks());

test.each([
  ['sends more', 1_000, 'more', 4_900, false],
  ['sends more, and no more then', 1_000, 'more', 5_100, true],
  ['sends nothing', 0, '', 1_100, true],
  ['sends more without end', 29_900, 'more', 200, true],
])(
  'a client that %s after its last answer gets the time that it needs',
  async (...[, atMs, more, laterMs, isGone]) => {
    const { asked, connection, send } = open();
    await send(`${POST}content`);
    asked[0]?.reply.whole(LAST, Buffer.from('too large'));
    await settle();
    const nowMs = performance.now();
    vi.spyOn(performance, 'now').mockReturnValue(nowMs + atMs);
    await send(more);
    connection.checkDeadline(nowMs + atMs + laterMs);
    expect(connection.isGone).toBe(isGone);
  },
);
