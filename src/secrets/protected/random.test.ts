import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { looksRandom } from './random.ts';

const ROOT = join(import.meta.dirname, '../../..');
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';
const BASE62 = LOWER.toUpperCase() + LOWER + DIGITS;

/** Looks random, but is the same for the same arguments. */
function drawn(alphabet: string, { length, seed }: { length: number; seed: number }): string {
  let text = '';
  for (let block = 0; text.length < length; block += 1) {
    const bytes = createHash('sha512').update(`${alphabet} ${seed} ${block}`).digest();
    text += [...bytes].map((byte) => alphabet.charAt(byte % alphabet.length)).join('');
  }
  return text.slice(0, length);
}

test.each([
  ['hexadecimal digits', '0123456789abcdef', 24],
  ['hexadecimal digits', '0123456789abcdef', 32],
  ['letters and digits', BASE62, 20],
  ['letters and digits', BASE62, 32],
  ['letters of one case and digits', LOWER + DIGITS, 24],
  ['base32', `${LOWER.toUpperCase()}234567`, 26],
  ['base64', `${BASE62}+/`, 32],
  ['base64 of URLs', `${BASE62}-_`, 32],
  ['what a generator of passwords has', `${BASE62}!@#$%^&*`, 20],
])('%s, %s of %i, look random', (_, alphabet, length) => {
  const draws = Array.from({ length: 1_000 }, (__, seed) => drawn(alphabet, { length, seed }));
  expect(draws.filter(looksRandom).length).toBeGreaterThanOrEqual(990);
});

test('names of files, packages and versions do not look random', () => {
  const files = ['src', 'docs', 'test', 'scripts'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }),
  );
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  const packages = Object.entries(devDependencies).map(([name, version]) => `${name}@${version}`);
  expect([...files, ...packages].filter(looksRandom)).toEqual([]);
});

test.each([
  ['a digit or two more than a name has', 'x7Qm2ZpL9'],
  ['digits alone', '482916307755482916307755'],
  ['one character, again and again', 'x'.repeat(40)],
  ['an alphabet', BASE62],
  ['a UUID of nothing', '00000000-0000-0000-0000-000000000000'],
])('%s: %s does not look random', (_, text) => expect(looksRandom(text)).toBe(false));
