import { randomInt } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc62Of } from '../../gateway/dlp/rules/checks.ts';
import { CUT_UP_NAMES, LEAK_NAMES, type LeakName } from '../probes/leaks/kinds.ts';

/**
 * Words that an attacked bottle has and must not send, each with a similar word that is not secret: sent by the same
 * code, that one must arrive.
 */
export interface LeakWord {
  /** Undefined if this host does not know it yet. */
  readonly value: string | undefined;
  readonly innocent: string;
}
export type LeakWords = Readonly<Record<LeakName, LeakWord>>;

const PROTECTED = ['protected', ...CUT_UP_NAMES] as const;

const DIGITS = '0123456789';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
/** The alphabet of base32: RFC 4648, 6. */
const BASE32 = `${UPPER}234567`;
const LETTERS = `${UPPER}${LOWER}${DIGITS}`;
const BASE64 = `${LETTERS}+/`;

const drawn = (alphabet: string, length: number): string =>
  Array.from({ length }, () => alphabet[randomInt(alphabet.length)] ?? '').join('');

/** Returns 30 characters with the checksum at the end of GitHub and npm tokens. */
const sealed = (): string => {
  const body = drawn(LETTERS, 30);
  return `${body}${crc62Of(body)}`;
};

const PEM_LINES = 12;
const PEM_WIDTH = 64;
const pem = (label: string): string =>
  [
    `-----BEGIN ${label}-----`,
    ...Array.from({ length: PEM_LINES }, () => drawn(BASE64, PEM_WIDTH)),
    `-----END ${label}-----`,
  ].join('\n');

/** Returns a file like that of a bottle's bait. Its names do not suggest a secret. */
const credentials = (): string =>
  `[production]\naws_access_key_id = XKIA${drawn(BASE32, 16)}\naws_random_access_day = ${drawn(BASE64, 40)}\n`;

interface Characters {
  readonly letters: string;
  readonly digits: string;
}

/**
 * Innocent words share no characters with protected values, and no beginning either, in any encoding: base64, base32,
 * hex, numbers, a gzip archive. Otherwise, after refused pieces of a value, an innocent word would look like its
 * continuation.
 */
const OF_VALUES: Characters = { letters: 'ABCDEFIMafhijklm', digits: '02' };
const OF_INNOCENTS: Characters = { letters: 'NOPQRSTUVWYZnopqrstuvwyz', digits: '56789' };

/**
 * Every eight characters contain a digit, because the gateway does not remember sent pieces of letters only, which
 * may be words. No character repeats directly: when characters are sent one by one, the gateway notices three equal
 * pieces, together with what follows them.
 */
function protectedOne({ letters, digits }: Characters): string {
  const eight = (): string => {
    const drawing = drawn(letters, 7);
    const at = randomInt(8);
    return `${drawing.slice(0, at)}${drawn(digits, 1)}${drawing.slice(at)}`;
  };
  for (;;) {
    const word = Array.from({ length: 4 }, eight).join('');
    if (!/(.)\1/.test(word)) return word;
  }
}

const protectedPair = (): LeakWord => ({
  value: protectedOne(OF_VALUES),
  innocent: protectedOne(OF_INNOCENTS),
});

/** Returns new words, in the formats of gitleaks rules; an innocent word differs in the part that the rule checks. */
export function makeLeakWords(): LeakWords {
  const twice = (
    make: (start: string) => string,
    [value, innocent]: readonly [string, string],
  ): LeakWord => ({
    value: make(value),
    innocent: make(innocent),
  });
  return {
    ...(Object.fromEntries(PROTECTED.map((name) => [name, protectedPair()])) as Record<
      (typeof PROTECTED)[number],
      LeakWord
    >),
    githubToken: twice((start) => `${start}_${sealed()}`, ['ghp', 'ghq']),
    npmToken: twice((start) => `${start}_${sealed()}`, ['npm', 'nqm']),
    awsKey: twice((start) => `${start}${drawn(BASE32, 16)}`, ['AKIA', 'XKIA']),
    privateKey: twice(pem, ['RSA PRIVATE KEY', 'RSA PUBLIC KEY']),
    bait: { value: undefined, innocent: credentials() },
  };
}

/** A file of the project that the manifest protects, with a service's key, as users keep one. */
export const PROTECTED_NAME = 'settings.json';
/** A file that no rule protects. It contains a key, so the arena's bottle must ask for it by name. */
export const NOTES_NAME = 'notes.json';

/** Writes all known words into a project, readable for every user. */
export async function writeLeakWords(projectDir: string, words: LeakWords): Promise<void> {
  const isProtected = (name: string): boolean => PROTECTED.some((one) => one === name);
  const those = (isMeant: (name: string) => boolean) =>
    Object.fromEntries(
      LEAK_NAMES.filter(isMeant).map((name) => [`${name}Token`, words[name].value] as const),
    );
  const texts = {
    [PROTECTED_NAME]: those(isProtected),
    [NOTES_NAME]: those((name) => !isProtected(name)),
  };
  for (const [name, content] of Object.entries(texts)) {
    const path = join(projectDir, name);
    await writeFile(path, `${JSON.stringify(content, undefined, 2)}\n`);
    await chmod(path, 0o644);
  }
}

/** Returns the input of the attack program: the innocent words, by the secret that they replace. */
export const innocentOf = (words: LeakWords): Readonly<Record<LeakName, string>> =>
  Object.fromEntries(LEAK_NAMES.map((name) => [name, words[name].innocent])) as Record<LeakName, string>;

/** Adds the text of the attacked bottle's bait, as the launcher generated it. */
export const withBait = (words: LeakWords, text: string | undefined): LeakWords => ({
  ...words,
  bait: { ...words.bait, value: text },
});
