import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { BodyFacts, Inspector, KnownSecret } from '../finding.ts';
import { createInspector } from '../inspector.ts';
import { Memory } from '../memory.ts';
import { cut, pass, passInThread, SECRET, type Outcome } from '../passing.testing.ts';
import { createInspectionThread, type InspectionThread } from './thread.ts';
import { startInThisThread, startSilent } from './thread.testing.ts';

const SECRETS: readonly KnownSecret[] = [{ name: 'API_KEY', value: SECRET, kind: 'secret' }];
const ABOUT: BodyFacts = { host: 'h.example', where: 'body', action: 'block' };

const threaded = (thread: InspectionThread = createInspectionThread(startInThisThread)): Inspector =>
  createInspector({ secrets: SECRETS, rules: [], thread });

const NOISE = randomBytes(100_000);
const TEXT = Buffer.from('A line of an ordinary text.\n'.repeat(8_000));
const WITH_SECRET = Buffer.concat([TEXT, Buffer.from(SECRET), TEXT, Buffer.from(SECRET), TEXT]);

const BODIES: Readonly<Record<string, readonly [Buffer, Partial<BodyFacts>?]>> = {
  'a text without secrets': [TEXT],
  noise: [NOISE],
  'a text with a secret': [WITH_SECRET],
  'a secret that is cut out': [WITH_SECRET, { action: 'redact' }],
  'a secret that is only warned of': [WITH_SECRET, { action: 'warn' }],
  'a secret in an archive': [Buffer.concat([NOISE, gzipSync(WITH_SECRET)])],
  'a Content-Encoding': [gzipSync(TEXT), { contentEncoding: 'gzip' }],
  'a secret in a Content-Encoding': [gzipSync(WITH_SECRET), { contentEncoding: 'gzip' }],
  'a broken Content-Encoding': [gzipSync(TEXT).subarray(0, 200), { contentEncoding: 'gzip' }],
  'an empty body': [Buffer.alloc(0)],
};

describe('bodies in the inspection thread', () => {
  test.each(Object.entries(BODIES))('pass as in the main thread: %s', async (_, [bytes, about]) => {
    const pieces = cut(bytes, [10, 5_000, 70_000, 150_000, 150_001, 300_000]);
    const [here, there] = [
      pass(pieces, about, threaded()),
      await passInThread(pieces, about ?? {}, threaded()),
    ];
    // The way the bytes of a refused body arrive decides which findings and which bytes come before the refusal.
    const seen = ({ blocked, released, findings }: Outcome): unknown => ({
      blocked,
      released: blocked ? undefined : released.toString('latin1'),
      found: new Set(findings.map(({ id, detector, fingerprint }) => [detector, id, fingerprint].join())),
    });
    expect(seen(there)).toEqual(seen(here));
  });

  test('are inspected for the secrets of the latest inspector', async () => {
    const thread = createInspectionThread(startInThisThread);
    const memory = new Memory();
    const of = (value: string): Inspector =>
      createInspector({ secrets: [{ name: 'API_KEY', value, kind: 'secret' }], rules: [], memory, thread });
    const [before, renewed] = ['old-4Kq9vLx2Zt7Rm8', 'new-8Wd3pHs6Yc1Bn5'];
    expect((await passInThread([Buffer.from(renewed)], {}, of(before))).blocked).toBe(false);
    expect((await passInThread([Buffer.from(renewed)], {}, of(renewed))).blocked).toBe(true);
  });

  test('count parts of a secret together with those in other bodies', async () => {
    const by = threaded();
    const [first, second] = [SECRET.slice(0, 16), SECRET.slice(16)];
    expect(pass([Buffer.from(first)], {}, by).blocked).toBe(false);
    const outcome = await passInThread([TEXT, Buffer.from(second), TEXT], {}, by);
    expect(outcome.findings.map(({ encoding }) => encoding)).toEqual(['pieces']);
    expect(outcome.blocked).toBe(true);
  });

  test('count guesses at a secret together with those in other bodies', async () => {
    // Letters and digits only: a second spelling would match the text before a dash, and refuse all texts that continue
    // alike.
    const value = randomBytes(90).toString('base64url').replaceAll(/[-_]/g, 'x');
    const by = createInspector({
      secrets: [{ name: 'API_KEY', value, kind: 'secret' }],
      rules: [],
      thread: createInspectionThread(startInThisThread),
    });
    for (let size = 48; size < 52; size += 1) pass([Buffer.from(value.slice(0, size))], {}, by);
    for (let size = 52; size < 56; size += 1) await passInThread([Buffer.from(value.slice(0, size))], {}, by);
    expect((await passInThread([TEXT], {}, by)).blocked).toBe(true);
    expect(pass([TEXT], {}, by).blocked).toBe(true);
  });
});

describe('failing inspection threads', () => {
  const passing = (thread: InspectionThread): Promise<Outcome> => passInThread([TEXT], {}, threaded(thread));

  test('fail all their bodies when they end, and the next body starts another thread', async () => {
    const silent = startSilent();
    const starts = [silent, startInThisThread()];
    const thread = createInspectionThread(() => starts.shift()!);
    const both = [passing(thread), passing(thread)];
    silent.breakOff();
    for (const one of both) await expect(one).rejects.toThrow('could not be inspected: out of memory');
    expect((await passing(thread)).blocked).toBe(false);
  });

  test('are ended when they do not answer, and their bodies fail', async () => {
    const silent = startSilent();
    const thread = createInspectionThread(() => silent, 1);
    await expect(passing(thread)).rejects.toThrow('the inspection thread did not answer');
    expect(silent.isTerminated).toBe(true);
  });

  test('take no further body while too much waits', async () => {
    const thread = createInspectionThread(startSilent);
    const by = threaded(thread);
    const listener = { onPassed: () => undefined, onFailed: () => undefined };
    const open = () => by.largeBody?.(ABOUT, listener);
    for (let count = 0; count < 33; count += 1) {
      const body = open();
      body?.push(new Uint8Array(1024 * 1024));
      body?.drop();
    }
    expect(open).toThrow('too many bodies');
  });
});
