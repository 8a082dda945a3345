import type { KnownSecret } from '../finding.ts';
import { unescape } from '../views/unescape.ts';

/** The byte strings (forms) that the gateway searches for in place of a secret, after all encodings are undone. */

/** Shorter values, and values of fewer different characters, occur by chance. */
const MIN_SECRET_BYTES = 8;
const MIN_DISTINCT_CHARACTERS = 4;

export interface Form {
  readonly secret: KnownSecret;
  readonly bytes: Uint8Array;
  /** `raw`: the value itself. `unescaped`: another form of it. */
  readonly disguise: 'raw' | 'unescaped';
}

/** Returns why the gateway cannot search for a value, as a clause for a message; undefined if it can. */
export function whyUnsearchable(value: string): string | undefined {
  if (Buffer.byteLength(value.trim()) < MIN_SECRET_BYTES) return `is shorter than ${MIN_SECRET_BYTES} bytes`;
  if (new Set(value).size < MIN_DISTINCT_CHARACTERS)
    return `has fewer than ${MIN_DISTINCT_CHARACTERS} different characters`;
  return undefined;
}

/** Returns all forms of the secrets that the gateway can search for. Space around a value is not part of it. */
export function formsOf(secrets: readonly KnownSecret[]): Form[] {
  return secrets.filter(({ value }) => whyUnsearchable(value) === undefined).flatMap(formsOfOne);
}

/**
 * A JSON Web Token. All before its signature can be equal in other tokens of its issuer, and any program that knows its
 * claims can write it. If the gateway searched for that too, it would refuse other tokens; and refusals of one part at
 * a time would reveal the signature.
 */
const JWT = /^eyJ[\w-]+\.[\w-]+\.([\w-]{32,})$/;

function formsOfOne(secret: KnownSecret): Form[] {
  const whole = secret.value.trim();
  const value = JWT.exec(whole)?.[1] ?? whole;
  const raw = Buffer.from(value);
  const forms: Form[] = [{ secret, bytes: raw, disguise: 'raw' }];
  // A text is unescaped as a whole, together with a value in it that itself looks escaped.
  for (let next = plainer(raw); next !== undefined && forms.length < 4; next = plainer(next)) {
    forms.push({ secret, bytes: next, disguise: 'unescaped' });
  }
  for (const spelling of spellingsOf(value))
    forms.push({ secret, bytes: Buffer.from(spelling), disguise: 'unescaped' });
  return forms.filter(({ bytes }) => bytes.length >= MIN_SECRET_BYTES);
}

const HEX = /^(?:[0-9a-f]{2})+$/i;
/** RFC 9562, 4. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const BASE64 = /^[\w+/-]+={0,2}$/;

/** Shorter values, or values of letters only, may be words; in capitals, these are no secret. */
const SHORTEST_CASED = 16;
const LETTER_AND_DIGIT = /[a-z].*\d|\d.*[a-z]/is;

/** Returns the value in the other case, if its letters have only one: a receiver can restore it. */
function otherCaseOf(value: string): readonly string[] {
  if (value.length < SHORTEST_CASED || !LETTER_AND_DIGIT.test(value)) return [];
  const [lower, upper] = [value.toLowerCase(), value.toUpperCase()];
  return value === lower ? [upper] : value === upper ? [lower] : [];
}

/**
 * Returns other spellings of the value: a plus for a blank as in forms, the other case, a UUID without dashes, base64
 * in the other alphabet.
 */
function spellingsOf(value: string): readonly string[] {
  const bare = UUID.test(value) ? value.replaceAll('-', '') : value;
  const digits = HEX.test(bare) ? [value, bare].flatMap((one) => [one.toLowerCase(), one.toUpperCase()]) : [];
  const alphabets = BASE64.test(value)
    ? [value.replaceAll('+', '-').replaceAll('/', '_'), value.replaceAll('-', '+').replaceAll('_', '/')]
    : [];
  return [...new Set([value.replaceAll(' ', '+'), ...digits, ...otherCaseOf(value), ...alphabets])].filter(
    (one) => one !== value,
  );
}

function plainer(bytes: Uint8Array): Uint8Array | undefined {
  return unescape(bytes, [{ start: 0, end: bytes.length }]);
}
