import { looksRandom } from './random.ts';

/**
 * Decides which texts are worth a search. A secret is long and unusual; ordinary configuration values would match
 * everywhere. Pure.
 */

/** A shorter value is no secret, or easy to guess. */
const SHORTEST_VALUE = 8;
/** Minimum length of a line that is a value as a whole, such as a line of a private key. Prose has spaces. */
export const SHORTEST_LINE = 16;
/** Minimum length of a value of letters of one case, or of digits. A shorter one is likely a common word or number. */
const SHORTEST_PLAIN = 12;
const PLAIN_WORD = /^(?:[a-z]+|[A-Z]+|[\d.]+)$/;

/** Keys whose value is a secret. */
const SECRET_KEY = new RegExp(
  String.raw`(?:${[
    '(?<!by|com)pass(?:words?|wd|phrase|code)?',
    'pwd|(?<![a-z])pw|secrets?|token|(?:access|api|auth|bearer|refresh)[_-]?tokens|pin|auth|cred(?:ential)?s?|salt|sig(?:nature)?|mnemonic',
    '^key',
    '(?:access|account|api|app|auth|encryption|jwt|license|master|private|secret|service|session|ssh|signing|storage)[_-]?keys?',
    'access[_-]?key[_-]?id',
  ].join(
    '|',
  )})(?:[_-]?\d{1,4}|[_-](?:value|base|dev|test|stag(?:e|ing)|prod(?:uction)?|local|live|old|new|main|primary|secondary))?$`,
  'i',
);
/** Keys whose value may look random but is public. */
const PUBLIC_KEY =
  /(?:public|publishable)[_-]?key$|(?:commit|(?:base|commit|git|head)[_-]?ref|sha\d*(?:sums?)?|models?|release|revision|version|digest|checksum|fingerprint|integrity)$/i;
const ID_KEY = /^(?!.*(?:secret|session|token|key)).*(?:id|tenant|subscription)s?$/i;
/** A UUID, or an ID of a resource of AWS or Firebase. */
const ID =
  /^(?:[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|[a-z]{1,8}-[\da-f]{8,17}|\d+:\d+:(?:web|ios|android):[\da-f]+)$/i;
const DIGEST = /\bsha(?:1|256|384|512)[:-][\da-f]{40,128}\b/gi;

const URL = /^(?:jdbc:)?[a-z][a-z\d+.-]*:\/\/(?:([^/?#\s@:]*)(?::([^/?#\s]*))?@)?[^/?#;\s]*([^\s]*)$/i;
/** A prefix that clients put before a credential, and may omit. */
const SCHEME = /^(?:base64:|(?:basic|bearer|token)\s+)/i;
const PATH = /^(?:(?:~|\.{1,2})?\/\S*|[a-z]:\\.*)$/i;
/** A reference to a value that is stored elsewhere. */
const REFERENCE = /^(?:\$[A-Z_][A-Z\d_]*|\$\{[^{}]+\}|\$\([^()]+\)|\{\{.*\}\}|%\w+%|<[^<>]+>)$/;
/** Text that marks a value that nobody has filled in yet. */
const PLACEHOLDER =
  /(?:change|replace)[-_ ]?(?:me|this|it|with)|^(?:your|insert)[-_ ]|[-_ ]your[-_ ]|[-_ ]here$|placeholder|example|dummy|xxxx|\.\.\.$/i;
/** Words of common passwords, in any order. */
const GUESSED =
  /^(?!.*\d{5})(?:admin|api|app|backend|base|data|db|default|demo|dev|guest|hunter|key|letmein|local|mongo|my|neo4j|pass|p[a@]ssw[o0]rd|passwd|pg|postgres|prod|pw|qwerty|rabbit|redis|root|secret|secure|service|sql|staging|strong|super|test|token|user|web|welcome|[-_.:/@!#$*\d])+$/i;

/** A value with its key. */
export interface Value {
  /** Empty: the value has no key. */
  readonly key: string;
  readonly value: string;
  /** Whether the value is a secret. Undefined: the key decides. */
  readonly isSecret?: boolean;
}

/** The texts of a value that the gateway searches for. */
export interface Judged {
  /** The texts to search for. Empty: no part of the value is unusual enough. */
  readonly values: readonly string[];
  /** The value is kept like a secret, but is so common that a search would match everywhere. */
  readonly isPlain: boolean;
}

/**
 * Selects the texts to search for: the whole value if it is a secret, otherwise its parts that look random or follow a
 * secret's key inside the value. From a URL it selects the password, the user, parameters and path segments that are
 * unusual enough.
 */
export function judgeValue({ key, value: given, isSecret = SECRET_KEY.test(key) }: Value): Judged {
  const value = given.replace(SCHEME, '');
  const url = URL.exec(value);
  if (url !== null) return judgeUrl(key, url);
  if (!isSecret) return { values: oddIn(key, value), isPlain: false };
  const isLookedFor = isTelling(value);
  return { values: isLookedFor ? [value] : [], isPlain: !isLookedFor && isSomeValue(value) };
}

function judgeUrl(key: string, [, user = '', password = '', rest = '']: RegExpExecArray): Judged {
  const hasPassword = isTelling(password);
  // In the URL of an error tracker (DSN), the user is a public key.
  const isKey = looksRandom(user) && !/dsn$/i.test(key);
  const parts = rest.split(/[/?&#;]/).flatMap((part) => oddInWord('', part));
  return {
    values: [...(isKey ? [user] : []), ...(hasPassword ? [password] : []), ...parts],
    isPlain: !hasPassword && isSomeValue(password),
  };
}

/** Whether a secret is so unusual that other text hardly contains it by chance. */
function isTelling(secret: string): boolean {
  if (secret.length < (PLAIN_WORD.test(secret) ? SHORTEST_PLAIN : SHORTEST_VALUE)) return false;
  const isAnybodys = [PATH, REFERENCE, PLACEHOLDER, GUESSED].some((kind) => kind.test(secret));
  return !isAnybodys || looksRandom(secret);
}

const isSomeValue = (value: string): boolean =>
  !/^(?:|true|false|null|none|yes|no)$/i.test(value) && !PATH.test(value) && !REFERENCE.test(value);

/** The random-looking words of a value whose key does not mark it as a secret, or the value as a whole. */
function oddIn(key: string, value: string): readonly string[] {
  if (PUBLIC_KEY.test(key)) return [];
  const bare = value.replace(DIGEST, '');
  const words = bare.split(/[\s,;|]+/).flatMap((word) => oddInWord(key, word));
  return words.length === 0 && !/\s/.test(bare) && looksRandom(bare) && !isId(key, bare) ? [bare] : words;
}

const isId = (key: string, value: string): boolean => ID_KEY.test(key) && ID.test(value);

/** A key inside a value: `--password=...`, `AccountKey=...`. Equals signs at the end are base64 padding. */
const INNER = /^(?:--?)?([\w.-]+)=(.*[^=].*)$/;

function oddInWord(key: string, word: string): readonly string[] {
  const bare = word.replace(/^["'`([{<]+|["'`)\]}>]+$/g, '');
  const url = URL.exec(bare);
  if (url !== null) return judgeUrl(key, url).values;
  const [, name = '', inner = ''] = INNER.exec(bare) ?? [];
  if (inner !== '') return (SECRET_KEY.test(name) ? isTelling(inner) : looksRandom(inner)) ? [inner] : [];
  return looksRandom(bare) && !isId(key, bare) ? [bare] : [];
}
