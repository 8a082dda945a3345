/**
 * The spellings of a character in a text besides itself: percent-encoding (RFC 3986, 2.1), JSON and JavaScript escapes
 * (RFC 8259, 7), octal escapes of shells and C, HTML character references; also where one text is quoted once more in
 * another.
 */

/**
 * All names that HTML has for ASCII (https://html.spec.whatwg.org/multipage/named-characters.html), and those of the
 * hyphen that is not ASCII.
 */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  '\t': ['tab'],
  '\n': ['newline'],
  '!': ['excl'],
  '"': ['quot'],
  '#': ['num'],
  $: ['dollar'],
  '%': ['percnt'],
  '&': ['amp'],
  "'": ['apos'],
  '(': ['lpar'],
  ')': ['rpar'],
  '*': ['ast', 'midast'],
  '+': ['plus'],
  ',': ['comma'],
  '-': ['hyphen', 'dash'],
  '.': ['period'],
  '/': ['sol'],
  ':': ['colon'],
  ';': ['semi'],
  '<': ['lt'],
  '=': ['equals'],
  '>': ['gt'],
  '?': ['quest'],
  '@': ['commat'],
  '[': ['lsqb', 'lbrack'],
  '\\': ['bsol'],
  ']': ['rsqb', 'rbrack'],
  '^': ['hat'],
  _: ['lowbar', 'underbar'],
  '`': ['grave', 'diacriticalgrave'],
  '{': ['lcub', 'lbrace'],
  '|': ['verbar', 'vert', 'verticalline'],
  '}': ['rcub', 'rbrace'],
};

/** Characters that may follow a backslash in JSON and JavaScript. */
const AFTER_BACKSLASH = '"/\\\'';
/** Characters that JSON and JavaScript write as a backslash and a letter. */
const LETTERS: Readonly<Record<string, string>> = { '\b': 'b', '\t': 't', '\n': 'n', '\f': 'f', '\r': 'r' };

/**
 * Returns all spellings of a byte, in lower case, because the search ignores case. Does not include the character
 * itself.
 */
export function spellingsOf(code: number): readonly string[] {
  const char = String.fromCharCode(code);
  const hex = code.toString(16).padStart(2, '0');
  const letter = LETTERS[char];
  const references = [
    ...[`${code}`, `0${code}`, `00${code}`, `x${code.toString(16)}`, `x${hex}`, `x00${hex}`].map(
      (digits) => `#${digits}`,
    ),
    ...(NAMED[char] ?? []),
  ];
  return [
    ...['\\', '\\\\'].map((escape) => `${escape}${code.toString(8).padStart(3, '0')}`),
    ...['%', '%25', '%2525'].map((percent) => `${percent}${hex}`),
    ...['\\', '\\\\', '\\\\\\\\'].flatMap((escape) =>
      [`u00${hex}`, `u{${hex}}`, `x${hex}`].map((rest) => `${escape}${rest}`),
    ),
    ...(AFTER_BACKSLASH.includes(char) ? ['\\', '\\\\', '\\\\\\'].map((escape) => `${escape}${char}`) : []),
    ...(letter === undefined ? [] : ['\\', '\\\\', '\\\\\\\\'].map((escape) => `${escape}${letter}`)),
    ...references.flatMap((reference) => [`&${reference};`, `&amp;${reference};`]),
  ];
}

/** The bytes with which spellings begin. */
export const INTRODUCERS = ['%', '\\', '&'].map((char) => char.charCodeAt(0));

/** A tree of all spellings of some bytes, as tables: nodes are numbers, the root is 0. */
export interface SpellingTree {
  /** The node after this byte, in either case; 0: no spelling continues like that. */
  step(node: number, byte: number): number;
  /** The byte whose spelling ends at a node; undefined: none does. */
  readonly spelled: readonly (number | undefined)[];
  /** By node: the bytes whose spellings continue from there. */
  readonly ahead: readonly ReadonlySet<number>[];
}

/** Builds the tree of the spellings of these bytes. */
export function spellingTree(codes: Iterable<number>): SpellingTree {
  const all = [...new Set(codes)].flatMap((code) => spellingsOf(code).map((text) => ({ code, text })));
  const alphabet = [...new Set(all.flatMap(({ text }) => Array.from(text)))];
  /** By byte: its column. Bytes that are in no spelling share column 0. */
  const columns = new Uint8Array(256);
  alphabet.forEach((char, index) => {
    for (const either of [char, char.toUpperCase()]) columns[either.charCodeAt(0)] = index + 1;
  });
  const width = alphabet.length + 1;
  const spelled: (number | undefined)[] = [];
  const ahead: Set<number>[] = [new Set()];
  const next = new Uint16Array(width * (1 + all.reduce((sum, { text }) => sum + text.length, 0)));
  for (const { code, text } of all) {
    let node = 0;
    for (const char of text) {
      ahead[node]?.add(code);
      const place = node * width + (columns[char.charCodeAt(0)] ?? 0);
      if (next[place] === 0) next[place] = ahead.push(new Set()) - 1;
      node = next[place] ?? 0;
    }
    spelled[node] = code;
  }
  const table = next.slice(0, ahead.length * width);
  return {
    step: (node, byte) => table[node * width + (columns[byte] ?? 0)] ?? 0,
    spelled: Array.from(ahead, (_, node) => spelled[node]),
    ahead,
  };
}

/** By byte: the length of its longest spelling. */
export const LONGEST_SPELLINGS: readonly number[] = Array.from({ length: 256 }, (_, code) =>
  Math.max(...spellingsOf(code).map(({ length }) => length)),
);
