/** Draws random characters. */

/** Returns a uniformly random integer from 0 to `below` - 1: `randomInt` of node:crypto. */
export type Draw = (below: number) => number;

/** Kinds of characters. Letters are limited to `a` to `f` only where the text is hex (`HEX_KINDS`). */
const KINDS: readonly { readonly has: RegExp; readonly alphabet: string }[] = [
  { has: /[0-9]/, alphabet: '0123456789' },
  { has: /[a-z]/, alphabet: 'abcdefghijklmnopqrstuvwxyz' },
  { has: /[A-Z]/, alphabet: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ' },
  { has: /[-_]/, alphabet: '-_' },
  { has: /[+/]/, alphabet: '+/' },
  { has: /[^\w+/=-]/, alphabet: '.:!@*~^' },
];

const HEX_KINDS: readonly { readonly has: RegExp; readonly alphabet: string }[] = [
  { has: /^[\da-f-]+$/, alphabet: '0123456789abcdef' },
  { has: /^[\dA-F-]+$/, alphabet: '0123456789ABCDEF' },
];

/** Returns as many characters of the same kinds, each kind at least once, in random order. */
export function drawLike(text: string, draw: Draw): string[] {
  const hex = text.length >= 16 ? HEX_KINDS.filter(({ has }) => has.test(text)) : [];
  const kinds = hex.length > 0 ? hex.slice(0, 1) : KINDS.filter(({ has }) => has.test(text));
  const all = kinds.map(({ alphabet }) => alphabet).join('');
  const pick = (alphabet: string): string => alphabet[draw(alphabet.length)] ?? '';
  const drawn = Array.from(text, (_, index) => pick(kinds[index]?.alphabet ?? all));
  return shuffled(drawn, draw);
}

/** Fisher-Yates shuffle. */
function shuffled(items: readonly string[], draw: Draw): string[] {
  const all = [...items];
  for (let last = all.length - 1; last > 0; last -= 1) {
    const other = draw(last + 1);
    [all[last], all[other]] = [all[other] ?? '', all[last] ?? ''];
  }
  return all;
}
