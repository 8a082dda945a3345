import { randomInt } from 'node:crypto';

/** Texts that an expression of gitleaks' matches, drawn by chance: the rules' own idea of what they are for. */

const WORD = Array.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789');
const CLASSES: Readonly<Record<string, readonly string[]>> = {
  w: WORD,
  d: Array.from('0123456789'),
  s: [' '],
  S: WORD,
};
/** Of what may be repeated without an end, so many more than must be. */
const MORE = 4;

/** One text for `regex`, in the syntax of RE2 as far as the pinned rules use it. */
export function sampleOf(regex: string): string {
  return alternatives({ regex, at: 0 });
}

interface Reading {
  readonly regex: string;
  at: number;
}

function alternatives(reading: Reading): string {
  const texts: string[] = [sequence(reading)];
  while (reading.regex[reading.at] === '|') {
    reading.at += 1;
    texts.push(sequence(reading));
  }
  return texts[randomInt(texts.length)]!;
}

function sequence(reading: Reading): string {
  let text = '';
  while (reading.at < reading.regex.length && !'|)'.includes(reading.regex[reading.at]!)) {
    const start = reading.at;
    const first = atom(reading);
    const end = reading.at;
    for (let times = repeats(reading), index = 0; index < times; index += 1) {
      // Each time drawn anew.
      text += index === 0 ? first : atom({ regex: reading.regex.slice(0, end), at: start });
    }
  }
  return text;
}

function atom(reading: Reading): string {
  const character = reading.regex[reading.at++]!;
  if (character === '[') return oneOf(members(reading));
  if (character === '\\') return escaped(reading.regex[reading.at++]!, reading);
  if (character === '.') return oneOf(WORD);
  if (character === '^' || character === '$') return '';
  if (character !== '(') return character;
  const flags = /^\?(?:[a-zA-Z-]*|P<\w+>)(:|\))?/.exec(reading.regex.slice(reading.at));
  if (flags !== null) reading.at += flags[0].length;
  if (flags?.[1] === ')') return '';
  const text = alternatives(reading);
  reading.at += 1;
  return text;
}

function escaped(letter: string, reading: Reading): string {
  if (letter === 'b' || letter === 'z') return '';
  if (letter === 'x')
    return String.fromCharCode(Number.parseInt(reading.regex.slice(reading.at, (reading.at += 2)), 16));
  if (letter === 'n' || letter === 'r' || letter === 't') return ' ';
  return CLASSES[letter] === undefined ? letter : oneOf(CLASSES[letter]);
}

function members(reading: Reading): string[] {
  const { regex } = reading;
  const isNegated = regex[reading.at] === '^';
  if (isNegated) reading.at += 1;
  const all: string[] = [];
  for (let isFirst = true; isFirst || regex[reading.at] !== ']'; isFirst = false) {
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

function repeats(reading: Reading): number {
  const quantifier = /^(?:[?*+]|\{(\d+)(?:,(\d*))?\})\??/.exec(reading.regex.slice(reading.at));
  if (quantifier === null) return 1;
  reading.at += quantifier[0].length;
  const [text, least, most] = quantifier;
  if (least === undefined) {
    const from = text.startsWith('+') ? 1 : 0;
    return randomInt(from, text.startsWith('?') ? 2 : MORE);
  }
  const from = Number(least);
  // What may be there up to so often is mostly a prefix, which need not be.
  return from === 0
    ? randomInt(0, 2)
    : most === undefined || most === ''
      ? from
      : randomInt(from, Number(most) + 1);
}

function oneOf(texts: readonly string[]): string {
  return texts.length === 0 ? ' ' : texts[randomInt(texts.length)]!;
}
