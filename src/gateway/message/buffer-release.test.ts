import { PassThrough, type Readable, Transform, Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Backlog } from '../http/h1/backlog.ts';
import { ContentSink } from '../http/h1/sink.ts';
import { Reader } from '../http/h1/reader.ts';
import { frameOf, TYPE, type FrameHead } from '../http/h2/frames/frame.ts';
import { Splitter } from '../http/h2/frames/splitter.ts';
import { giveBack, givingBack, lend } from './buffer-release.ts';
import { pour } from '../http/exchange/pour.ts';

const read = (text: string): Buffer => {
  const bytes = Buffer.from(new ArrayBuffer(text.length));
  bytes.write(text, 'latin1');
  return bytes;
};
const LONG = 'x'.repeat(5_000);
const isFreed = (bytes: Buffer): boolean => bytes.buffer.byteLength === 0 && bytes.length === 0;

describe('memory of received bytes', () => {
  test('is freed with its last byte, and not before', () => {
    const bytes = read(LONG);
    lend(bytes);
    giveBack(bytes.subarray(0, 2_000));
    giveBack(bytes, 2_999);
    expect(isFreed(bytes)).toBe(false);
    giveBack(bytes.subarray(4_999));
    expect(isFreed(bytes)).toBe(true);
    // An extra release changes nothing.
    giveBack(bytes);
    expect(isFreed(bytes)).toBe(true);
  });

  test.each<[string, Buffer]>([
    ['short', read('short')],
    ['shared with others', read(`${LONG}${LONG}`).subarray(0, 5_000)],
    ['of Node’s pool', Buffer.from('of the pool')],
  ])('is not freed where it is %s', (_, bytes) => {
    lend(bytes);
    giveBack(bytes);
    expect(isFreed(bytes)).toBe(false);
  });

  test('is not freed where it was not lent, or after a failed write', () => {
    const [never, failed, written] = [read(LONG), read(LONG), read(LONG)];
    for (const bytes of [failed, written]) lend(bytes);
    giveBack(never);
    givingBack([failed])(new Error('broken'));
    givingBack([written])(null);
    expect([never, failed, written].map(isFreed)).toEqual([false, false, true]);
  });
});

describe('content of HTTP/1.1', () => {
  const FLOW = { wanted: () => undefined, dropped: () => undefined };
  const chunked = `1388\r\n${LONG}\r\n1388\r\n${LONG}\r\n0\r\n\r\n`;

  /** Reads a message after its head, and pipes it by `way`. Returns what was read and written. */
  const pass = async (way: (content: Readable, to: ContentSink) => void): Promise<[Buffer, string]> => {
    const reader = new Reader(1_000);
    reader.push(Buffer.from('HEAD\r\n\r\n'));
    reader.head();
    const content = reader.begin('chunked', FLOW) as Readable;
    const to = new PassThrough();
    const sink = new ContentSink({ to: new Backlog(to), framing: 'chunked', trailers: () => [] });
    const written: string[] = [];
    to.on('data', (bytes: Buffer) => written.push(bytes.toString('latin1')));
    way(content, sink);
    // The stream flows by then. Earlier bytes are copied.
    await turn();
    const bytes = read(chunked);
    reader.push(bytes);
    for (let turns = 0; turns < 5; turns += 1) await turn();
    return [bytes, written.join('')];
  };

  test('is freed once it is written, with its framing', async () => {
    const [bytes, written] = await pass((content, to) => pour(content, to, () => undefined));
    expect({ written, isFreed: isFreed(bytes) }).toEqual({ written: chunked, isFreed: true });
  });

  test('is not freed where the gateway inspects it', async () => {
    const kept: Buffer[] = [];
    const look = new Transform({
      transform: (bytes: Buffer, _, done) => {
        kept.push(bytes);
        done(null, bytes);
      },
    });
    const [bytes, written] = await pass((content, to) => pour(content.pipe(look), to, () => undefined));
    expect({ written, isFreed: isFreed(bytes) }).toEqual({ written: chunked, isFreed: false });
    expect(Buffer.concat(kept).toString('latin1')).toBe(LONG + LONG);
  });

  test('is not freed by a sink of another kind', async () => {
    const other = new Writable({ write: (_, __, done) => done() });
    const [bytes] = await pass((content) => pour(content, other, () => undefined));
    expect(isFreed(bytes)).toBe(false);
  });
});

describe('content of HTTP/2', () => {
  const data = (text: string, head: Partial<FrameHead> = {}): Buffer =>
    frameOf({ type: TYPE.data, flags: 0, id: 1, ...head }, text);

  /** Returns whether the memory of read frames is freed after their content was given back. */
  const isFreedAfter = (...frames: readonly Buffer[]): boolean => {
    const bytes = read(Buffer.concat(frames).toString('latin1'));
    const contents: Buffer[] = [];
    const splitter = new Splitter(({ type, payload }) => type === TYPE.data && contents.push(payload));
    splitter.push(bytes);
    if (isFreed(bytes)) throw new Error('freed while its content is in use');
    for (const content of contents) giveBack(content);
    return isFreed(bytes);
  };

  test('is freed once it is written, with the heads of its frames', () => {
    expect(isFreedAfter(data(LONG), data('more'), data(LONG))).toBe(true);
    expect(isFreedAfter(data(LONG), data('cut').subarray(0, 11))).toBe(true);
    expect(isFreedAfter(data(LONG), data('head').subarray(0, 5))).toBe(true);
  });

  test('is not freed where other data from the same read may be kept', () => {
    expect(isFreedAfter(data(LONG), frameOf({ type: TYPE.headers, flags: 0, id: 3 }, 'block'))).toBe(false);
    expect(isFreedAfter(data(LONG), data('\x01padded\x00', { flags: 0x8 }))).toBe(false);
  });
});
