import { PassThrough, Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Kept } from '../kept.testing.ts';
import { pour } from '../exchange/pour.ts';
import { Backlog } from './backlog.ts';
import { ContentStream } from '../../message/content-stream.ts';
import type { Framing } from './head.ts';
import { ContentSink } from './sink.ts';

interface Sent {
  readonly text: string;
  readonly isWhole: boolean;
  readonly bytes: number;
  readonly fault: string | undefined;
}

async function send(
  framing: Framing,
  pieces: readonly string[],
  trailers: readonly string[] = [],
): Promise<Sent> {
  const to = new PassThrough();
  const sink = new ContentSink({ to: new Backlog(to), framing, trailers: () => trailers });
  let fault: string | undefined;
  sink.on('error', ({ message }) => (fault = message));
  for (const piece of pieces) sink.write(piece);
  sink.end();
  for (let turns = 0; turns < 5; turns += 1) await turn();
  const bytes = to.read() as Buffer | null;
  return { text: bytes?.toString('latin1') ?? '', isWhole: sink.isWhole, bytes: sink.bytesWritten, fault };
}

test('content with a length leaves unchanged, and less or more of it is an error', async () => {
  expect(await send(5, ['hel', 'lo'])).toEqual({ text: 'hello', isWhole: true, bytes: 5, fault: undefined });
  expect(await send(5, ['hel'])).toMatchObject({
    isWhole: false,
    fault: 'the content is shorter than announced',
  });
  expect(await send(5, ['hel', 'lo!'])).toMatchObject({
    text: 'hel',
    isWhole: false,
    fault: 'the content is longer than announced',
  });
  expect(await send(0, [])).toMatchObject({ text: '', isWhole: true });
});

test('content without a length leaves in chunks with its trailers, or until the connection ends', async () => {
  const text = '3\r\nhel\r\n2\r\nlo\r\n0\r\nX-Sum: 1\r\n\r\n';
  expect(await send('chunked', ['hel', '', 'lo'], ['X-Sum', '1'])).toMatchObject({
    text,
    bytes: text.length,
  });
  expect(await send('close', ['hel', 'lo'], ['X-Sum', '1'])).toMatchObject({ text: 'hello', isWhole: true });
});

test('trailers that cannot be written break off the content', async () => {
  expect(await send('chunked', [], ['X', 'a\r\nb'])).toMatchObject({ text: '', isWhole: false });
});

test.each<[string, string, Framing, number[]]>([
  ['its own', '', 15_000, [5_000, 10_000]],
  ['written by others', 'a head', 0, []],
])(
  'the sink ends once everything is taken, even content that is %s',
  async (...[, head, framing, lengths]) => {
    const to = new Stuck();
    if (head !== '') to.write(head);
    const sink = new ContentSink({ to: new Backlog(to), framing, trailers: () => [] });
    for (const length of lengths) sink.write(Buffer.alloc(length));
    sink.end();
    await turn();
    if (head === '') await to.take(1);
    expect([sink.isWhole, sink.writableFinished]).toEqual([true, false]);
    await to.take();
    expect(sink.writableFinished).toBe(true);
  },
);

/** A connection that takes nothing until the test calls `take`. */
class Stuck extends Writable {
  #waiting: (() => void)[] = [];

  override _write(...[, , done]: [Buffer, BufferEncoding, () => void]): void {
    this.#waiting.push(done);
  }

  override _writev(_: unknown, done: () => void): void {
    this.#waiting.push(done);
  }

  /** Takes everything written, or what is written within this many turns of the event loop. */
  async take(turns = Infinity): Promise<void> {
    for (let count = 0; count < turns && this.#waiting.length > 0; count += 1) {
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const done of waiting) done();
      await turn();
    }
  }
}

describe('bytes that may wait for a connection', () => {
  const MIB = 1024 ** 2;
  const MUCH = Buffer.alloc(8 * MIB);
  /** Returns how many bytes it accepts before it reports that it is full. */
  const fill = (backlog: Backlog): number => {
    for (let bytes = 1_024; ; bytes += 1_024) if (!backlog.write([Buffer.alloc(1_024)])) return bytes;
  };

  /** A backlog that has taken so much that its share is the maximum. */
  const proven = async (stuck: Stuck): Promise<Backlog> => {
    const backlog = new Backlog(stuck);
    backlog.write([MUCH]);
    await stuck.take();
    return backlog;
  };

  test('are few for one that has read nothing yet, and then an eighth of what it has read', async () => {
    const stuck = new Stuck();
    const backlog = new Backlog(stuck);
    expect(fill(backlog)).toBe(17 * 1_024);
    for (let taken = 17 * 1_024; taken < MIB;) {
      await stuck.take();
      const bytes = fill(backlog);
      expect(bytes).toBe(Math.max(16 * 1_024, Math.floor(taken / 8 / 1_024) * 1_024) + 1_024);
      taken += bytes;
    }
    stuck.destroy();
    await turn();
  });

  test('are more for one than for each of many, 2 MiB beyond the minimum of each, and all return at the end', async () => {
    const many = Array.from({ length: 256 }, () => new Stuck());
    const [first, ...others] = await Promise.all(many.map(proven));
    expect(first === undefined ? 0 : fill(first)).toBe(MIB + 1_024);
    let all = 0;
    for (const other of others) all += fill(other);
    expect(all).toBeLessThan(255 * 17 * 1_024 + MIB);
    expect(others.at(-1) === undefined ? 0 : fill(others.at(-1) as Backlog)).toBe(1_024);
    for (const one of many) one.destroy();
    await turn();
    const after = new Stuck();
    expect(fill(await proven(after))).toBe(MIB + 1_024);
    after.destroy();
    await turn();
  });

  test('are not used up by a few connections without readers', async () => {
    const stuck = [new Stuck(), new Stuck(), new Stuck(), new Stuck()];
    const held: number[] = [];
    for (const one of stuck) held.push(fill(await proven(one)) - 1_024);
    expect(held).toEqual([MIB, MIB / 2, MIB / 4, MIB / 8].map((bytes) => expect.closeTo(bytes, -4)));
    for (const one of stuck) one.destroy();
    await turn();
  });

  test('let a waiting writer continue once half of them are taken, or when nobody can take them', async () => {
    const [one, other] = [new Stuck(), new Stuck()];
    const went: string[] = [];
    for (const [name, stuck] of Object.entries({ one, other })) {
      const backlog = new Backlog(stuck);
      fill(backlog);
      backlog.whenTaken(() => went.push(name));
    }
    await turn();
    expect(went).toEqual([]);
    await one.take();
    expect(went).toEqual(['one']);
    other.destroy();
    await turn();
    expect(went).toEqual(['one', 'other']);
  });
});

test.each<[Framing]>([['chunked'], ['close']])(
  'content that arrives byte by byte does not pile up for a stalled connection (%s)',
  async (framing) => {
    const kept = new Kept();
    const stuck = new Stuck();
    const content = new ContentStream({ wanted: () => undefined, dropped: () => undefined });
    pour(content, new ContentSink({ to: new Backlog(stuck), framing, trailers: () => [] }), () => undefined);
    for (let count = 0; count < 4_000; count += 1) {
      content.add(kept.byteIn(1));
      await turn();
    }
    expect(await kept.count()).toBeLessThan(50);
    content.end([]);
    await stuck.take();
    expect(stuck.destroyed).toBe(false);
    stuck.destroy();
  },
);
