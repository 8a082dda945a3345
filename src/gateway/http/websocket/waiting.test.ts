import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { createInspector } from '../../dlp/inspector.ts';
import { createScrub } from '../../inject/scrub/scrub.ts';
import { BadFrame, FrameReader, MAX_MESSAGE_BYTES } from './frames.ts';
import { inspectFrames } from './inspect.ts';
import { MessageReader } from './messages.ts';
import { scrubbingFrames } from './scrub.ts';
import { usageOfFrames } from './usage.ts';
import { MAX_WAITING_BYTES } from './waiting.ts';

/** Returns the head of a frame of this length. A client's key is zeros. */
function headOf(length: number, isMasked: boolean, first = 0x82): Buffer {
  const head = Buffer.alloc(isMasked ? 14 : 10);
  head[0] = first;
  head[1] = 127 | (isMasked ? 0x80 : 0);
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}

const scrub = createScrub(['sk-lent-Vq8mZ2xKp4Rt7Lw9']);
const inspector = createInspector({ secrets: [], rules: [] });

interface Opened {
  readonly write: (bytes: Buffer) => void;
  readonly errors: readonly unknown[];
  readonly close: () => void;
}

function opened(stream: ReturnType<typeof inspectFrames>): Opened {
  const errors: unknown[] = [];
  stream.on('error', (error) => errors.push(error)).resume();
  return { write: (bytes) => void stream.write(bytes), errors, close: () => void stream.destroy() };
}

const KINDS: readonly { what: string; isMasked: boolean; open: () => Opened }[] = [
  {
    what: 'inspected',
    isMasked: true,
    open: () =>
      opened(
        inspectFrames({
          inspector,
          host: 'a.test',
          action: 'block',
        }),
      ),
  },
  {
    what: 'scrubbed',
    isMasked: false,
    open: () => opened(scrubbingFrames(scrub)),
  },
  {
    what: 'read for their tokens',
    isMasked: false,
    open: () => {
      const { push, forget } = usageOfFrames(() => undefined);
      const errors: unknown[] = [];
      const write = (bytes: Buffer): void => {
        try {
          push(bytes);
        } catch (error) {
          errors.push(error);
        }
      };
      return { write, errors, close: forget };
    },
  },
];

describe.each(KINDS)('unfinished frames: $what', ({ isMasked, open }) => {
  const begun = Buffer.concat([
    headOf(MAX_MESSAGE_BYTES, isMasked),
    Buffer.alloc(MAX_MESSAGE_BYTES - 1, 200),
  ]);
  const short = Buffer.concat([headOf(1024 ** 2, isMasked), Buffer.alloc(1024 ** 2, 200)]);
  const begin = (): Opened => {
    const one = open();
    one.write(begun);
    return one;
  };

  test('are kept up to a limit, and free their room when they end or are gone', async () => {
    const ended = open();
    // More than the others leave.
    for (let count = 0; count < 5; count += 1) {
      ended.write(short.subarray(0, -1));
      ended.write(short.subarray(-1));
    }
    await turn();
    expect(ended.errors).toEqual([]);
    const kept = Array.from({ length: Math.floor(MAX_WAITING_BYTES / begun.length) }, begin);
    await turn();
    expect(kept.flatMap(({ errors }) => errors)).toEqual([]);
    const oneMore = begin();
    await turn();
    expect(oneMore.errors).toEqual([expect.any(BadFrame)]);
    oneMore.close();
    kept[0]?.close();
    const another = begin();
    await turn();
    expect(another.errors).toEqual([]);
    for (const { close } of [ended, ...kept, another]) close();
  });
});

test('all kinds of unfinished frames share one limit', async () => {
  const all = Array.from({ length: 18 }, (_, at) => {
    const { isMasked, open } = KINDS[at % KINDS.length] as (typeof KINDS)[number];
    const one = open();
    one.write(headOf(MAX_MESSAGE_BYTES, isMasked));
    one.write(Buffer.alloc(MAX_MESSAGE_BYTES - 1, 200));
    return one;
  });
  await turn();
  expect(all.map(({ errors }) => errors.length)).toEqual([...Array<number>(15).fill(0), 1, 1, 1]);
  for (const { close } of all) close();
});

describe('memory of unfinished frames', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const inUse = (): number => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  /** Memory of buffers is released only some time after their collection. */
  const settled = async (): Promise<number> => {
    let least = Infinity;
    for (let now = inUse(); now < least; now = inUse()) {
      least = now;
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await sleep(20);
    }
    return least;
  };
  const expectNoMoreThan = async (before: number, bytes: number): Promise<void> =>
    await expect.poll(() => inUse() - before).toBeLessThan(bytes);

  test('is at most twice the length of a frame that arrives byte by byte', async () => {
    const reader = new FrameReader('client');
    reader.push(headOf(MAX_MESSAGE_BYTES, true));
    const before = await settled();
    const length = 100_000;
    const sizes = new Set<number>();
    for (let count = 0; count < length; count += 1) {
      reader.push(new Uint8Array(1));
      sizes.add(reader.heldBytes);
    }
    // It does not copy everything with each piece.
    expect(sizes.size).toBeLessThan(30);
    await expectNoMoreThan(before, 20 * length);
    expect(reader.heldBytes).toBeGreaterThanOrEqual(length);
    expect(reader.heldBytes).toBeLessThanOrEqual(2 * length + 100);
  });

  test.each(KINDS)(
    'is freed where a frame found no room or was given up: $what',
    async ({ isMasked, open }) => {
      const begun = Buffer.concat([headOf(MAX_MESSAGE_BYTES, isMasked), Buffer.alloc(MAX_MESSAGE_BYTES - 1)]);
      const before = await settled();
      const all = Array.from({ length: 40 }, () => {
        const one = open();
        one.write(begun);
        return one;
      });
      for (const { close } of all) close();
      await expectNoMoreThan(before, MAX_WAITING_BYTES / 2);
      // Keeps the connections referenced until here.
      expect(all.length).toBe(40);
    },
  );

  test('is not taken by the announcement of a frame', () => {
    const reader = new FrameReader('client');
    reader.push(headOf(MAX_MESSAGE_BYTES, true));
    expect(reader.heldBytes).toBeLessThan(100);
  });

  test.each([
    ['the beginning of a frame', () => Buffer.from([0x81])],
    ['a frame of an unfinished message', () => Buffer.from([0x01, 0x01, 0x78])],
  ])('does not include the memory that %s arrived in', async (_, last) => {
    const readers = Array.from({ length: 200 }, () => new MessageReader('upstream'));
    const before = await settled();
    for (const reader of readers) {
      // Longer than a ping may be, which is for the host to check.
      const ping = Buffer.concat([headOf(60_000, false, 0x89), Buffer.alloc(60_000), last()]);
      expect([...reader.push(ping)].length).toBe(1);
    }
    await expectNoMoreThan(before, readers.length * 6_000);
    for (const reader of readers) reader.forget();
  });
});
