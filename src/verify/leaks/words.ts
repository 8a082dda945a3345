import { randomInt } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc62Of } from '../../gateway/dlp/rules/checks.ts';
import { CUT_UP_NAMES, LEAK_NAMES, type LeakName } from '../probes/leaks/kinds.ts';

/**
 * What a bottle under attack has and must not send, and for each a word as long and as odd that is no secret: sent by the same
 * code, that one must arrive.
 */
export interface LeakWord {
  /** Undefined: this host does not know it yet. */
  readonly value: string | undefined;
  readonly innocent: string;
}
export type LeakWords = Readonly<Record<LeakName, LeakWord>>;

const PROTECTED = ['protected', ...CUT_UP_NAMES] as const;

const DIGITS = '0123456789';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
/** RFC 4648, 6. */
const BASE32 = `${UPPER}234567`;
const LETTERS = `${UPPER}${LOWER}${DIGITS}`;
const BASE64 = `${LETTERS}+/`;

const drawn = (alphabet: string, length: number): string =>
  Array.from({ length }, () => alphabet[randomInt(alphabet.length)] ?? '').join('');

/** 30 characters, and the checksum that tokens of GitHub and npm end with. */
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

/** A file like the one that a bottle's bait lies in. Its names say nothing of a secret. */
const credentials = (): string =>
  `[production]\naws_access_key_id = XKIA${drawn(BASE32, 16)}\naws_random_access_day = ${drawn(BASE64, 40)}\n`;

interface Characters {
  readonly letters: string;
  readonly digits: string;
}

/**
 * What is innocent has nothing in it that a protected value has, nor does it begin so, whatever it is in: base64, base32, hex, numbers, a
 * gzip archive. Behind pieces of a value that were refused it would go on as that does.
 */
const OF_VALUES: Characters = { letters: 'ABCDEFIMafhijklm', digits: '02' };
const OF_INNOCENTS: Characters = { letters: 'NOPQRSTUVWYZnopqrstuvwyz', digits: '56789' };

/**
 * In every eight characters of it a digit: of parts that are letters only it is not remembered that they went, as words are none. And none
 * twice in a row: sent one by one, what is the same three times is noticed with what comes behind it.
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

/** New ones. Made up as they look to the rules of gitleaks; an innocent one differs where a rule looks. */
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

/** A file of the project that the manifest protects, as people keep the key of a service in one. */
export const PROTECTED_NAME = 'settings.json';
/** One that no rule protects. It holds a key, so that the arena's bottle must ask for it by name. */
export const NOTES_NAME = 'notes.json';

/** Writes all that is known into a project, for every user to read. */
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

/** What the attacking program is told: what is no secret, by the secret that it takes the place of. */
export const innocentOf = (words: LeakWords): Readonly<Record<LeakName, string>> =>
  Object.fromEntries(LEAK_NAMES.map((name) => [name, words[name].innocent])) as Record<LeakName, string>;

/** With the text of the bait of the bottle that is attacked, as the launcher has drawn it. */
export const withBait = (words: LeakWords, text: string | undefined): LeakWords => ({
  ...words,
  bait: { ...words.bait, value: text },
});
