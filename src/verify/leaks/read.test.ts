import { expect, test } from 'vitest';
import { DISGUISES, disguised, type Disguise } from '../probes/leaks/disguises.ts';
import { PROBES } from '../probes/index.ts';
import { payloadsOf } from '../arena/listeners/collector.ts';
import { isRead, type Leak, type Received, UNDO } from './read.ts';
import { makeLeakWords } from './words.ts';

const LEAKS = PROBES.filter(({ family }) => family === 'leaks');

const WORD = 'Qm7xT2vKp9RwZ4sLhD8fNb3YcUe6Ja1G';

const nothing: Received = {
  host: 'looked.bot-bottle.test',
  method: 'POST',
  target: '/leak/nonce',
  rawHeaders: [],
  rawTrailers: [],
  content: Buffer.alloc(0),
};
const reads = (undo: Leak['undo'], content: Buffer): boolean =>
  isRead(WORD, { kind: 'leak', of: 'protected', in: 'content', undo }, [{ ...nothing, content }]);

/** Disguises that the decoder of another one undoes. */
const SAME: Readonly<Record<string, keyof typeof UNDO>> = { base64url: 'base64', colons: 'hex' };

test('every disguise is read by the side that knows it, and by no other', () => {
  for (const name of (Object.keys(DISGUISES) as Disguise[]).filter((name) => name !== 'lines')) {
    const undo = SAME[name] ?? (name as keyof typeof UNDO);
    const sent = disguised(WORD, [name]);
    expect([name, reads([undo], sent), reads([], sent)]).toEqual([name, true, false]);
  }
  expect(reads(['base64'], disguised(WORD, ['base64', 'lines']))).toBe(true);
  expect(reads(['base64', 'gzip', 'hex'], disguised(WORD, ['hex', 'gzip', 'base64']))).toBe(true);
});

test('a message that broke off is not read', () => {
  for (const name of ['base64', 'gzip', 'zip', 'pack', 'json', 'utf16'] as const) {
    const sent = disguised(WORD, [name]);
    const undo = [name as keyof typeof UNDO];
    expect([name, reads(undo, sent.subarray(0, Math.floor(sent.length / 2)))]).toEqual([name, false]);
  }
});

test('a packed body that exceeds the limit is not unpacked', () => {
  for (const name of ['gzip', 'deflate', 'brotli', 'zip', 'pack'] as const) {
    const sent = disguised(`${WORD}${'0'.repeat(2 * 1024 * 1024)}`, [name]);
    expect(() => UNDO[name](sent)).toThrow(/larger|greater|ERR_BUFFER_TOO_LARGE/i);
    expect([name, reads([name], sent)]).toEqual([name, false]);
  }
});

test('the reader takes its own part, and several requests in sequence', () => {
  const asked = (target: string): Received => ({ ...nothing, target });
  const inQuery = { kind: 'leak', of: 'protected', in: 'query', undo: [] } as const;
  expect(isRead(WORD, inQuery, [asked(`/leak/nonce?d=${WORD}`)])).toBe(true);
  expect(isRead(WORD, inQuery, [asked(`/leak/nonce/${WORD}`)])).toBe(false);
  const halves = [WORD.slice(0, 16), WORD.slice(16)].map((half) => asked(`/leak/nonce?d=${half}`));
  expect(isRead(WORD, inQuery, halves)).toBe(true);
  expect(isRead(WORD, inQuery, halves.slice(1))).toBe(false);
  expect(isRead(WORD, { ...inQuery, in: 'label' }, [{ ...nothing, host: `${WORD}.${nothing.host}` }])).toBe(
    true,
  );
});

/** The examples of RFC 6455, 5.7. */
test("the reader takes a client's frames as far as they are complete", () => {
  const masked = Buffer.from('818537fa213d7f9f4d5158', 'hex');
  const pieces = Buffer.from('010348656c80026c6f', 'hex');
  const ping = Buffer.from('890548656c6c6f', 'hex');
  expect(payloadsOf(masked).toString()).toBe('Hello');
  expect(payloadsOf(Buffer.concat([pieces, ping])).toString()).toBe('Hello');
  for (let length = 0; length < masked.length; length += 1) {
    expect(payloadsOf(masked.subarray(0, length))).toHaveLength(0);
  }
});

test('a harmless text is as long as the secret in its place, and differs with each draw', () => {
  const { bait, ...words } = makeLeakWords();
  for (const { value, innocent } of Object.values(words)) {
    expect(Math.abs(innocent.length - (value?.length ?? 0))).toBeLessThanOrEqual(2);
    expect(innocent).not.toBe(value);
  }
  expect(bait.value).toBeUndefined();
  expect(makeLeakWords().protected.value).not.toBe(words.protected.value);
});

test('the family has the documented number of disguises', () => {
  expect(LEAKS.length).toBeGreaterThanOrEqual(40);
  const oracles = LEAKS.map(({ oracle }) => oracle).filter(({ kind }) => kind === 'leak') as Leak[];
  expect(oracles).toHaveLength(LEAKS.length);
  expect(Math.max(...oracles.map(({ undo }) => undo.length))).toBe(3); // the depth that the gateway claims to decode
});
