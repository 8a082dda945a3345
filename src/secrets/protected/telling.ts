/** Which texts are worth looking for: a secret is long and odd; what configuration is full of would turn up everywhere. Pure. */

/** A value shorter than this is no secret, or guessed. */
const SHORTEST_VALUE = 8;
/** Of lines that are all value, as in a key; prose has spaces. */
export const SHORTEST_LINE = 16;
/** Letters of one case, or digits, are somebody's word or number; so long ones only if the key says what they are. */
const SHORTEST_PLAIN = 12;
const PLAIN_WORD = /^(?:[a-z]+|[A-Z]+|[\d.]+|\/[\w./-]*)$/;
const SECRET_KEY =
  /(?:pass(?:word|wd|phrase)?|secret|token|pin|auth|credentials?|(?:api|access|account|private|signing)[_-]?key)$/i;
const URL = /^[a-z][a-z\d+.-]*:\/\/(?:[^/?#\s@]*?:([^/?#\s]*)@|[^/?#\s@]*@)?[^/?#\s]*([^\s]*)$/i;

/** What becomes of a value. */
export interface Judged {
  /** What is looked for; none: nothing in it is telling. */
  readonly values: readonly string[];
  /** It is kept like a secret, and would be found everywhere. */
  readonly isPlain: boolean;
}

/** The value itself; of an address also what in it is telling: a password, a parameter, a part of the path. */
export function judgeValue({ key, value }: { readonly key: string; readonly value: string }): Judged {
  const url = URL.exec(value);
  if (url !== null) {
    const [, password = '', rest = ''] = url;
    const parts = [password, ...rest.split(/[/?&#=]/).filter(looksRandom)].filter(
      (part) => part.length >= SHORTEST_VALUE,
    );
    return { values: parts.length === 0 ? [] : [value, ...parts], isPlain: false };
  }
  const isSecret = SECRET_KEY.test(key);
  const shortest = PLAIN_WORD.test(value) ? (isSecret ? SHORTEST_PLAIN : Infinity) : SHORTEST_VALUE;
  const isLookedFor = value.length >= shortest;
  return { values: isLookedFor ? [value] : [], isPlain: isSecret && !isLookedFor && isSomeValue(value) };
}

const isSomeValue = (value: string): boolean =>
  !/^(?:|true|false|null|none|yes|no|\/.*|\$\{?\w+\}?)$/i.test(value);

/** A part of a path or a parameter that nobody has chosen for its meaning. */
const looksRandom = (part: string): boolean => part.length >= 16 && /\d/.test(part) && /[a-z]/i.test(part);
