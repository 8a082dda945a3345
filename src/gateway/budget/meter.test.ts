import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { ContentStream } from '../message/content-stream.ts';
import { Kept } from '../http/kept.testing.ts';
import type { Allowance } from './budget.ts';
import { metered } from './meter.ts';

/** Takes this many bytes. */
function allowanceOf(bytes: number): Allowance {
  let left = bytes;
  const spent = { reason: 'it is used up' } as ReturnType<Allowance['pass']>;
  return { limitsBytes: true, pass: (more) => ((left -= more) < 0 ? spent : undefined) } as Allowance;
}

/** Returns a body's text, or why it broke. */
const outcomeOf = async (body: PassThrough, bytes = 10): Promise<string> =>
  await buffer(metered(body, allowanceOf(bytes))).then(
    (text) => text.toString(),
    (error: Error) => error.message,
  );

describe('metered bodies', () => {
  test('a metered body passes its bytes up to the limit', async () => {
    const passed = outcomeOf(new PassThrough().end('hello'));
    const broken = outcomeOf(new PassThrough().end('hello'), 4);
    expect([await passed, await broken]).toEqual(['hello', 'it is used up']);
  });

  test('a metered body fails when its source fails', async () => {
    const body = new PassThrough();
    const outcome = outcomeOf(body);
    body.destroy(new Error('the host is gone'));
    expect(await outcome).toBe('the host is gone');
  });

  test.each([
    ['with a reason', new Error('the host is gone'), 'the host is gone'],
    ['without one', undefined, 'it was broken off'],
  ])('a metered body fails when its source had failed before, %s', async (_, error, reason) => {
    const body = new PassThrough().on('error', () => undefined).destroy(error);
    await turn();
    expect(await outcomeOf(body)).toBe(reason);
  });
});

test('content that arrives byte by byte does not pile up while its reader waits', async () => {
  const kept = new Kept();
  const content = new ContentStream({ wanted: () => undefined, dropped: () => undefined });
  const stream = metered(content, allowanceOf(1_000_000));
  for (let count = 0; count < 1_000; count += 1) {
    content.add(kept.byteIn(1));
    await turn();
  }
  expect(await kept.count()).toBeLessThan(10);
  content.end([]);
  expect((await buffer(stream)).length).toBe(1_000);
});
