/**
 * Distinguishes random texts, such as keys, from texts made of words, names, numbers and dates. Pure. Each pair of
 * adjacent characters raises or lowers a score. The stretch of text with the highest score decides.
 */

/** A shorter text may be an abbreviation. */
const SHORTEST_RANDOM = 10;
const ENOUGH = 20;

/**
 * The letters that often follow each letter in words and names of software. They cover 95 of 100 pairs in such words,
 * and 37 of 100 random pairs.
 */
const FOLLOWS: Readonly<Record<string, string>> = {
  a: 'bcdfgiklmnprstuvy',
  b: 'aeilorsu',
  c: 'acehiklorstu',
  d: 'abeiklosu',
  e: 'abcdefglmnpqrstvwx',
  f: 'aefiloruy',
  g: 'aehilnoru',
  h: 'aeiot',
  i: 'abcdefglmnoprstvxz',
  j: 's',
  k: 'aeis',
  l: 'adeilostuy',
  m: 'abeilmopsu',
  n: 'acdefginostuv',
  o: 'abcdfgiklmnoprstuvw',
  p: 'aehiloprstu',
  q: 'lu',
  r: 'acdegiklmnorstuvy',
  s: 'acdehilmopqstuy',
  t: 'acehiloprstuy',
  u: 'abcdegilmnprst',
  v: 'aei',
  w: 'aehios',
  x: 'mpt',
  y: 'ps',
  z: 'e',
};

/** The score of each kind of pair. A positive score speaks for a random text. */
const SPEAKS = { joint: -2, word: -2, alike: 0, digits: 1, symbol: 3, odd: 4 } as const;

const JOINTS = /[-._/:@,;=|\s\u0080-\uffff]/;
/** Host names and mail addresses: machines generate parts of them, which are no secrets. */
const ADDRESS = /^(?:[\w.+-]+@)?(?:[a-z\d_-]+\.)+[a-z]{2,12}(?::\d+)?$/;
/** A commit's abbreviated ID, and the form that `git describe` prints. */
const SHORT_COMMIT = /(?<![a-zA-Z\d])g?[\da-f]{7,12}(?![a-zA-Z\d])/;
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;
const DURATION = /^p?(?:t|\d+(?:ms|[dhmswy]))+$/i;

/** Returns whether a word without spaces looks random. */
export function looksRandom(given: string): boolean {
  if (UUID.test(given)) return new Set(given).size > 4; // and not zeros
  const text = given.replace(SHORT_COMMIT, '');
  if (text.length < SHORTEST_RANDOM || !/[a-z]/i.test(text)) return false;
  if (ADDRESS.test(text) || DURATION.test(text)) return false;
  let loudness = 0;
  for (let at = 1; at < text.length; at += 1) {
    loudness = Math.max(0, loudness + SPEAKS[kindOf(text.charAt(at - 1), text.charAt(at))]);
    if (loudness >= ENOUGH) return true;
  }
  return false;
}

function kindOf(one: string, next: string): keyof typeof SPEAKS {
  if (JOINTS.test(one) || JOINTS.test(next)) return 'joint';
  if (Math.abs(one.charCodeAt(0) - next.charCodeAt(0)) <= 1) return 'alike'; // `aaa`, `abc`, `123`
  const pair = one + next;
  if (/^\d\d$/.test(pair)) return 'digits';
  if (/[^a-z\d]/i.test(pair)) return 'symbol';
  if (/\d/.test(pair) || /^[a-z][A-Z]$/.test(pair)) return 'odd';
  return FOLLOWS[one.toLowerCase()]?.includes(next.toLowerCase()) === true ? 'word' : 'odd';
}
