import { buffer } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Budget } from '../budget/budget.ts';
import { gateThatPasses } from '../gate/gate.testing.ts';
import type { Passage } from '../gate/gate.ts';
import type { RawHeaders } from '../message/headers.ts';
import { ContentStream } from '../message/content-stream.ts';
import { Kept } from '../http/kept.testing.ts';
import { createScrub } from '../inject/scrub/scrub.ts';
import { readAnswer } from './answer.ts';

const ASKED = { via: 'tls', host: 'a.test', port: 443, scheme: 'https', method: 'GET', path: '/' } as const;

async function passageOf(isLent: boolean, budget: Budget): Promise<Passage> {
  const grant = { id: 'allow[0]', host: 'a.test', port: 443, scheme: 'https' } as const;
  const gate = gateThatPasses(grant, { isLent, end: () => undefined });
  const passage = await gate.open((await gate.judge(ASKED)) as never);
  return { ...passage, budget } as Passage;
}

const COUNTED: RawHeaders = ['Content-Type', 'application/json'];

test.each<[string, object, RawHeaders]>([
  ['that loses what it must not tell', {}, []],
  ['whose usage is counted', { maxTokens: 1_000_000 }, COUNTED],
])(
  'an answer %s does not pile up byte by byte while its client does not read',
  async (_, limits, headers) => {
    const kept = new Kept();
    const body = new ContentStream({ wanted: () => undefined, dropped: () => undefined });
    const answered = { status: 200, statusMessage: 'OK', headers, body, trailers: () => [] };
    const read = readAnswer(
      answered,
      await passageOf(headers !== COUNTED, new Budget(limits)),
      createScrub(['k-0f1e2d3c4b5a6978']),
    );
    for (let count = 0; count < 1_000; count += 1) {
      body.add(kept.byteIn(1));
      await turn();
    }
    expect(await kept.count()).toBeLessThan(20);
    // In its queue, a single byte takes hundreds of bytes of memory.
    expect((read.body as Readable).readableLength).toBeLessThan(20);
    body.end([]);
    expect((await buffer(read.body as Readable)).length).toBe(1_000);
  },
);
