import { looksRandom } from './random.ts';

/** Which texts are worth looking for: a secret is long and odd; what configuration is full of would turn up everywhere. Pure. */

/** A value shorter than this is no secret, or guessed. */
const SHORTEST_VALUE = 8;
/** Of lines that are all value, as in a key; prose has spaces. */
export const SHORTEST_LINE = 16;
/** Letters of one case, or digits, are somebody's word or number, unless they are so many. */
const SHORTEST_PLAIN = 12;
const PLAIN_WORD = /^(?:[a-z]+|[A-Z]+|[\d.]+)$/;

/** Keys that say of what is behind them that it is a secret. */
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
/** What is behind these may look random, and is there to be told. */
const PUBLIC_KEY =
  /(?:public|publishable)[_-]?key$|(?:commit|(?:base|commit|git|head)[_-]?ref|sha\d*(?:sums?)?|models?|release|revision|version|digest|checksum|fingerprint|integrity)$/i;
const ID_KEY = /^(?!.*(?:secret|session|token|key)).*(?:id|tenant|subscription)s?$/i;
/** A UUID, or what AWS and Firebase call their things. */
const ID =
  /^(?:[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|[a-z]{1,8}-[\da-f]{8,17}|\d+:\d+:(?:web|ios|android):[\da-f]+)$/i;
const DIGEST = /\bsha(?:1|256|384|512)[:-][\da-f]{40,128}\b/gi;

const URL = /^(?:jdbc:)?[a-z][a-z\d+.-]*:\/\/(?:([^/?#\s@:]*)(?::([^/?#\s]*))?@)?[^/?#;\s]*([^\s]*)$/i;
/** What clients put before a credential, and may leave away. */
const SCHEME = /^(?:base64:|(?:basic|bearer|token)\s+)/i;
const PATH = /^(?:(?:~|\.{1,2})?\/\S*|[a-z]:\\.*)$/i;
/** What stands for a value that is elsewhere. */
const REFERENCE = /^(?:\$[A-Z_][A-Z\d_]*|\$\{[^{}]+\}|\$\([^()]+\)|\{\{.*\}\}|%\w+%|<[^<>]+>)$/;
/** What stands where nobody has put in a value yet. */
const PLACEHOLDER =
  /(?:change|replace)[-_ ]?(?:me|this|it|with)|^(?:your|insert)[-_ ]|[-_ ]your[-_ ]|[-_ ]here$|placeholder|example|dummy|xxxx|\.\.\.$/i;
/** What everybody takes for a password, in any order. */
const GUESSED =
  /^(?!.*\d{5})(?:admin|api|app|backend|base|data|db|default|demo|dev|guest|hunter|key|letmein|local|mongo|my|neo4j|pass|p[a@]ssw[o0]rd|passwd|pg|postgres|prod|pw|qwerty|rabbit|redis|root|secret|secure|service|sql|staging|strong|super|test|token|user|web|welcome|[-_.:/@!#$*\d])+$/i;

/** A value, and what is known of it. */
export interface Value {
  /** Empty: it is a line by itself. */
  readonly key: string;
  readonly value: string;
  /** It is one, whatever its key says. */
  readonly isSecret?: boolean;
}

/** What becomes of a value. */
export interface Judged {
  /** What is looked for; none: nothing in it is telling. */
  readonly values: readonly string[];
  /** It is kept like a secret, and would be found everywhere. */
  readonly isPlain: boolean;
}

/**
 * Behind a key that says so, the value itself; elsewhere what in it looks random, and what is behind such a key in turn. Of an
 * address what in it is telling: a password, a parameter, a part of the path.
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
  // In the address of a collector of errors, the user is a public key.
  const isKey = looksRandom(user) && !/dsn$/i.test(key);
  const parts = rest.split(/[/?&#;]/).flatMap((part) => oddInWord('', part));
  return {
    values: [...(isKey ? [user] : []), ...(hasPassword ? [password] : []), ...parts],
    isPlain: !hasPassword && isSomeValue(password),
  };
}

/** Whether a secret is one that nobody else would write. */
function isTelling(secret: string): boolean {
  if (secret.length < (PLAIN_WORD.test(secret) ? SHORTEST_PLAIN : SHORTEST_VALUE)) return false;
  const isAnybodys = [PATH, REFERENCE, PLACEHOLDER, GUESSED].some((kind) => kind.test(secret));
  return !isAnybodys || looksRandom(secret);
}

const isSomeValue = (value: string): boolean =>
  !/^(?:|true|false|null|none|yes|no)$/i.test(value) && !PATH.test(value) && !REFERENCE.test(value);

/** What looks random in a value that says nothing of itself: words of it, or all. */
function oddIn(key: string, value: string): readonly string[] {
  if (PUBLIC_KEY.test(key)) return [];
  const bare = value.replace(DIGEST, '');
  const words = bare.split(/[\s,;|]+/).flatMap((word) => oddInWord(key, word));
  return words.length === 0 && !/\s/.test(bare) && looksRandom(bare) && !isId(key, bare) ? [bare] : words;
}

const isId = (key: string, value: string): boolean => ID_KEY.test(key) && ID.test(value);

/** `--password=...`, `AccountKey=...`: a key within a value. The sign at the end belongs to base64. */
const INNER = /^(?:--?)?([\w.-]+)=(.*[^=].*)$/;

function oddInWord(key: string, word: string): readonly string[] {
  const bare = word.replace(/^["'`([{<]+|["'`)\]}>]+$/g, '');
  const url = URL.exec(bare);
  if (url !== null) return judgeUrl(key, url).values;
  const [, name = '', inner = ''] = INNER.exec(bare) ?? [];
  if (inner !== '') return (SECRET_KEY.test(name) ? isTelling(inner) : looksRandom(inner)) ? [inner] : [];
  return looksRandom(bare) && !isId(key, bare) ? [bare] : [];
}
