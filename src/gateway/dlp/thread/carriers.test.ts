import { createHash } from 'node:crypto';
import * as zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../../test/support/random.ts';
import { canonicalActions, type Actions } from '../actions.ts';
import { CARRIERS, drawSecrets, type Carried } from '../carriers.testing.ts';
import { zstdOf } from '../body/compressed.testing.ts';
import { createEngine } from '../engine.ts';
import type { BodyFacts, Inspector } from '../finding.ts';
import { createInspector } from '../inspector.ts';
import { cut, pass, passInThread, type Outcome } from '../passing.testing.ts';
import { pinnedRules } from '../rules/pinned.ts';
import { createInspectionThread } from './thread.ts';
import { startInThisThread } from './thread.testing.ts';

/**
 * Sends every carrier with a body in a text that is too long for the main thread: both threads must give the same
 * verdict.
 */

const ABOUT = { host: 'api.example.com', where: 'body' } as const;
const rules = pinnedRules();
const secrets = drawSecrets(8, seededRandom(195)).map((value, index) => ({
  name: `SECRET_${index}`,
  value,
  kind: 'secret' as const,
}));
const LINE = 'The quick brown fox jumps over the lazy dog, and then it goes to sleep again. ';
const textOf = (bytes: number): string => LINE.repeat(Math.ceil(bytes / LINE.length)).slice(0, bytes);
/** More than the main thread inspects (64 KiB); and more than is held back before the first byte leaves (256 KiB). */
const LARGE = textOf(66_000);
const STREAMED = textOf(265_000);
const AFTER = textOf(2_000);

const headerOf = ({ headers }: Carried, name: string): string | undefined =>
  headers.find(([one]) => one === name)?.[1];

/** Returns the body between `before` and a text. JSON stays valid. */
function padded(carried: Carried, before: string): Buffer {
  const { body } = carried;
  const coding = headerOf(carried, 'content-encoding');
  if (coding === 'gzip') return zlib.gzipSync(inJson(zlib.gunzipSync(body), before), { level: 0 });
  if (coding === 'br') return zlib.brotliCompressSync(inJson(zlib.brotliDecompressSync(body), before), FAST);
  if (coding === 'zstd') return zstdOf(inJson(unzstd(body), before));
  if (headerOf(carried, 'content-type') === 'application/json') return inJson(body, before);
  return Buffer.concat([Buffer.from(`${before}\n`), body, Buffer.from(`\n${AFTER}`)]);
}

const unzstd = (body: Buffer): Buffer => Buffer.from(createEngine('zstd')!.write(body, body.length).output);
const FAST = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 0 } };
const inJson = (json: Buffer, before: string): Buffer =>
  Buffer.concat([Buffer.from(`{"before":"${before}","value":`), json, Buffer.from(`,"after":"${AFTER}"}`)]);

const inspectorOf = (): Inspector =>
  createInspector({
    secrets,
    rules,
    thread: createInspectionThread(() => startInThisThread(rules)),
  });

/** The way the bytes arrive decides how often a finding is reported, and which part of a refused body leaves. */
const verdictOf = ({ blocked, released, findings }: Outcome): unknown => ({
  blocked,
  released: blocked ? undefined : createHash('sha256').update(released).digest('hex'),
  found: new Set(findings.map(({ detector, id, fingerprint }) => [detector, id, fingerprint].join())),
});

const WITH_BODY = Object.entries(CARRIERS).filter(([, carry]) => carry('x').body.length > 0);
const ACTIONS: Readonly<Record<string, Actions>> = {
  block: 'block',
  redact: 'redact',
  'warn for patterns': canonicalActions({ pattern: 'warn' }),
};

describe.each(Object.entries(ACTIONS))('with the action %s', (_, action) => {
  // All actions decide about the same findings: for the third, some carriers are enough.
  test.each(WITH_BODY.filter((_each, index) => index % 3 === 0 || typeof action === 'string'))(
    'a large body gets the same verdict in both threads: %s',
    async (name, carry) => {
      const index = WITH_BODY.findIndex(([one]) => one === name);
      const carried = carry(secrets[index % secrets.length]!.value);
      const body = padded(carried, index % 15 === 0 ? STREAMED : LARGE);
      const about: BodyFacts = { ...ABOUT, action, contentEncoding: headerOf(carried, 'content-encoding') };
      // No cut within the value: where a window ends decides whether half of it is redacted or refused.
      const pieces = cut(body, [10_000, 40_000]);
      const there = await passInThread(pieces, about, inspectorOf());
      expect(verdictOf(there)).toEqual(verdictOf(pass(pieces, about, inspectorOf())));
      expect(there.blocked || action === 'redact').toBe(true);
      // Redaction of a pattern overwrites the secret in it: no secret is found in what leaves.
      const known = createInspector({ secrets, rules: [] });
      expect(there.blocked ? [] : pass([there.released], about, known).findings).toEqual([]);
    },
  );
});

test.each(['block', 'redact'] as const)('a large ordinary text leaves as it came: %s', async (action) => {
  const body = inJson(Buffer.from('"nothing of importance"'), STREAMED);
  const { blocked, released } = await passInThread([body], { ...ABOUT, action }, inspectorOf());
  expect([blocked, released.equals(body)]).toEqual([false, true]);
});

test('both threads redact the same at the borders of windows', async () => {
  const secret = secrets[3]!.value;
  const body = Buffer.from(`${LARGE}${secret} ${LARGE}token=${secret}${AFTER}${secret}`);
  for (let at = LARGE.length - 1; at <= LARGE.length + secret.length; at += 10) {
    const pieces = cut(body, [at, at + 1, LARGE.length * 2 + at]);
    const about = { ...ABOUT, action: 'redact' } as const;
    const { blocked, released } = await passInThread(pieces, about, inspectorOf());
    expect(blocked).toBe(false);
    expect(released.toString() === body.toString().replaceAll(secret, '*'.repeat(secret.length))).toBe(true);
  }
});
