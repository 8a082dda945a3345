/** Draws random texts that the expression of a rule matches: examples of its purpose. */

export interface Sample {
  readonly text: string;
  /** Places of characters from a class that is repeated four times or more: mostly the secret. */
  readonly drawn: readonly number[];
}

/** Returns a whole number from 0 on that is less than `below`. */
export type Random = (below: number) => number;

/** Returns a generator that gives the same numbers for the same seed. https://en.wikipedia.org/wiki/Xorshift */
export function randomFrom(seed: number): Random {
  let state = Math.imul(seed + 1, 0x9e_37_79_b1) | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/**
 * Returns one text that matches `regex`, in RE2's syntax as far as the pinned rules use it. `shortest`: without
 * optional parts.
 */
export function sampleOf(regex: string, random: Random, shortest = false): Sample {
  const characters = alternatives({ regex, at: 0, random, shortest, isAnyCase: false });
  return {
    text: characters.map(({ text }) => text).join(''),
    drawn: [...characters.keys()].filter((place) => characters[place]?.isDrawn),
  };
}

interface Character {
  readonly text: string;
  readonly isDrawn: boolean;
}

interface Reading {
  readonly regex: string;
  readonly random: Random;
  readonly shortest: boolean;
  at: number;
  /** Capitals and small letters are equal here. */
  isAnyCase: boolean;
}

const WORD = Array.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789');
const CLASSES: Readonly<Record<string, readonly string[]>> = {
  w: WORD,
  d: Array.from('0123456789'),
  s: [' '],
  S: WORD,
};
/** Most repetitions, beyond the least, of a quantifier without an upper limit. */
const MORE = 4;
/** A class with this many repetitions is no separator. */
const TELLING = 4;

function alternatives(reading: Reading): Character[] {
  const texts = [sequence(reading)];
  while (reading.regex[reading.at] === '|') {
    reading.at += 1;
    texts.push(sequence(reading));
  }
  return oneOf(texts, reading);
}

function sequence(reading: Reading): Character[] {
  const all: Character[] = [];
  while (reading.at < reading.regex.length && !'|)'.includes(reading.regex[reading.at]!)) {
    const start = reading.at;
    const isClass = /^(?:\[|\.|\\[wdS])/.test(reading.regex.slice(start));
    const first = atom(reading);
    const { least, times } = repeats(reading);
    for (let index = 0; index < times; index += 1) {
      // Draws each repetition anew.
      const next = index === 0 ? first : atom({ ...reading, at: start });
      all.push(...(isClass && least >= TELLING ? next.map(({ text }) => ({ text, isDrawn: true })) : next));
    }
  }
  return all;
}

const plain = (text: string): Character[] => Array.from(text, (one) => ({ text: one, isDrawn: false }));

function atom(reading: Reading): Character[] {
  const character = reading.regex[reading.at++]!;
  if (character === '[') return plain(inAnyCase(oneOf(members(reading), reading), reading));
  if (character === '\\') return plain(escaped(reading.regex[reading.at++]!, reading));
  if (character === '.')
    return plain(/^[{*+]/.test(reading.regex.slice(reading.at)) ? oneOf(WORD, reading) : '.');
  if (character === '^' || character === '$') return [];
  if (character !== '(') return plain(character);
  const flags = /^\?(?:P<\w+>|([a-zA-Z-]*))(:|\))?/.exec(reading.regex.slice(reading.at));
  const before = reading.isAnyCase;
  if (flags !== null) {
    reading.at += flags[0].length;
    const [on = '', off = ''] = (flags[1] ?? '').split('-');
    reading.isAnyCase = (before || on.includes('i')) && !off.includes('i');
    if (flags[2] === ')') return [];
  }
  const inner = alternatives(reading);
  reading.isAnyCase = before;
  reading.at += 1;
  return inner;
}

const inAnyCase = (text: string, { isAnyCase, random }: Reading): string =>
  isAnyCase && random(2) === 0 ? text.toUpperCase() : text;

function escaped(letter: string, reading: Reading): string {
  if (letter === 'b' || letter === 'B' || letter === 'z') return '';
  if (letter === 'x')
    return String.fromCharCode(Number.parseInt(reading.regex.slice(reading.at, (reading.at += 2)), 16));
  if (letter === 'n' || letter === 'r' || letter === 't') return ' ';
  return CLASSES[letter] === undefined ? letter : oneOf(CLASSES[letter], reading);
}

function members(reading: Reading): string[] {
  const { regex } = reading;
  const isNegated = regex[reading.at] === '^';
  if (isNegated) reading.at += 1;
  const all: string[] = [];
  for (let isFirst = true; isFirst || regex[reading.at] !== ']'; isFirst = false) {
    if (regex.startsWith('[:alnum:]', reading.at)) {
      reading.at += '[:alnum:]'.length;
      all.push(...WORD);
      continue;
    }
    const character = regex[reading.at++]!;
    const letter = character === '\\' ? regex[reading.at++]! : undefined;
    const one = letter === undefined ? character : escaped(letter, reading);
    if (letter !== undefined && CLASSES[letter] !== undefined) {
      all.push(...CLASSES[letter]);
    } else if (regex[reading.at] === '-' && regex[reading.at + 1] !== ']') {
      const last = regex[reading.at + 1]!;
      reading.at += 2;
      for (let code = one.charCodeAt(0); code <= last.charCodeAt(0); code += 1)
        all.push(String.fromCharCode(code));
    } else all.push(one);
  }
  reading.at += 1;
  return isNegated ? WORD.filter((character) => !all.includes(character)) : all.filter((text) => text !== '');
}

interface Repeats {
  readonly least: number;
  readonly times: number;
}

function repeats(reading: Reading): Repeats {
  const { random, shortest } = reading;
  const quantifier = /^(?:[?*+]|\{(\d+)(?:,(\d*))?\})\??/.exec(reading.regex.slice(reading.at));
  if (quantifier === null) return { least: 1, times: 1 };
  reading.at += quantifier[0].length;
  const [text, written, most] = quantifier;
  const least = written === undefined ? Number(text.startsWith('+')) : Number(written);
  if (shortest) return { least, times: least };
  if (written === undefined) return { least, times: least + random(text.startsWith('?') ? 2 : MORE - least) };
  // A part with an upper limit but no lower one is mostly a prefix, which is optional.
  if (least === 0) return { least, times: random(2) };
  return { least, times: least + (most === undefined || most === '' ? 0 : random(Number(most) - least + 1)) };
}

function oneOf<Item>(items: readonly Item[] | string, { random }: Reading): Item {
  return (items.length === 0 ? ' ' : items[random(items.length)]!) as Item;
}
