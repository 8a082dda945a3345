import { entropyOf } from './entropy.ts';

/**
 * Checks whether a value looks random, as keys and generated passwords do: not made of words, of counting, of one
 * character, or of code. Only then is the value after a name like `password` a secret; all others are examples, types
 * and settings.
 */

/** A shorter value cannot be distinguished from a word. */
const SHORTEST = 8;
/**
 * A shorter value must have three of the kinds that generated passwords have: small letters, capitals, digits and
 * signs.
 */
const SHORT = 12;
const KINDS = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9]/];
const LEAST_BITS_OF_SHORT = 2.5;
/**
 * Least bits per character: a value with fewer repeats itself. A short text cannot have more than the logarithm of its
 * length.
 */
const LEAST_BITS = 3;
const LEAST_BITS_OF_LONG = 3.4;
const LONG = 20;
const HEX = /^[0-9a-f]+$/i;
/** RFC 9562: ids have this form, and are seldom secrets. */
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
/** Words in examples, and placeholders that a template or a program fills in. */
const NOT_VALUES =
  /example|sample|api_?key|dummy|fake|change|place|redact|secret|passw|token|your|xxxx|0000|1234|abcd|qwert|asdf|\.\.\.|\*\*|[$%#]\{|\$\(|<|%s|::|=>|\.env|\bnull\b|undefined/i;
/** Hashes of passwords, and digests, with the name of their algorithm. */
const HASHED =
  /^\$(?:2[abxy]?|5|6|apr1|argon2\w*|y|scrypt|pbkdf2\S*)\$|^(?:sha\d{1,3}|md5|blake\w+)[-:=]|^pbkdf2_/i;
/** Names in programs that consist of short parts: `TR31_M7_HMAC_KEY`. */
const SNAKE = /^(?:[A-Z0-9]{1,12}(?:[_-][A-Z0-9]{1,12})+|[a-z0-9]{1,12}(?:[_-][a-z0-9]{1,12})+)$/;
/** Paths and names of properties, hosts and files. */
const PARTED = /^~?(?:\.{0,2}\/)?[A-Za-z_][\w-]*(?:[./:][A-Za-z_][\w-]*)+$/;

/** Whether this Latin-1 value looks random. */
export function isRandom(value: string): boolean {
  if (
    value.length < SHORTEST ||
    UUID.test(value) ||
    SNAKE.test(value) ||
    HASHED.test(value) ||
    NOT_VALUES.test(value)
  )
    return false;
  if (value.length < SHORT && KINDS.filter((kind) => kind.test(value)).length < 3) return false;
  if (entropyOf(value) < leastBits(value)) return false;
  if (!/\d/.test(value) || !/[A-Za-z]/.test(value)) return false;
  if (isCounting(value)) return false;
  const words = shareOfWords(value);
  if (value.length < 32 && NUMBERED.test(value) && words >= MOST_WORDS_OF_NUMBERED) return false;
  return words < (PARTED.test(value) ? MOST_WORDS / 2 : MOST_WORDS);
}

/** Whether this is a UUID with digits that look random. */
export const isRandomUuid = (value: string): boolean =>
  UUID.test(value) && isRandom(value.replaceAll('-', ''));

/** Names in programs that end with a number: `privateKeyPkcs8`. */
const NUMBERED = /^[A-Za-z_$]+\d{1,3}$/;
const MOST_WORDS_OF_NUMBERED = 0.2;
const MOST_WORDS = 0.5;

function leastBits(value: string): number {
  if (value.length < SHORT) return LEAST_BITS_OF_SHORT;
  return value.length < LONG || HEX.test(value) ? LEAST_BITS : LEAST_BITS_OF_LONG;
}

/** Whether many characters follow from the one before: `0123456789abcdef`, `aabbccdd`. */
function isCounting(value: string): boolean {
  let following = 0;
  for (let at = 1; at < value.length; at += 1) {
    const step = value.charCodeAt(at) - value.charCodeAt(at - 1);
    if (step >= -1 && step <= 1) following += 1;
  }
  return following > value.length * 0.35;
}

/** A run of letters is a word if this share of its pairs is common in English. */
const COMMON_SHARE = 0.7;
const SHORTEST_WORD = 3;

/** Returns the share of the value that is words, from 0 to 1. */
function shareOfWords(value: string): number {
  let inWords = 0;
  for (const [run] of value.matchAll(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g)) {
    if (run.length >= SHORTEST_WORD && isWord(run.toLowerCase())) inWords += run.length;
  }
  return inWords / value.length;
}

function isWord(run: string): boolean {
  let common = 0;
  for (let at = 0; at + 1 < run.length; at += 1) if (COMMON.has(run.slice(at, at + 2))) common += 1;
  return common >= (run.length - 1) * COMMON_SHARE;
}

/** Pairs of letters that make up most English text and names in programs. */
const COMMON: ReadonlySet<string> = new Set(
  (
    'th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro ic ne ea ra ce ' +
    'li ch ll be ma si om ur ca el ta la ns di fo ho pe ec pr no ct us ac ot il tr ly nc et ut ss so rs un lo wa ge ie wh ee wi em ' +
    'ad ol rt po we na ul ni ts mo ow pa im mi ai sh ir su id os iv ia am fi ci vi pl ig tu ev ld ry mp fe bl ab gh ty op sa ay ex ' +
    'ke ui fr oo ag ey ap ga ub pu up od ov av gr cr br cl ck ob ef if iz um rd bu do go tt pp ff rn rm rc ys sy xt ue ja ju jo va vo ' +
    'bi ba bo ak ok nk sk sp sc sw mb rk rv ks ds ls ms ps cs ft dr fl gl oa au oi oc og ip ib ew my by dm db ug'
  ).split(' '),
);
