/** Characters drawn by chance. */

/** A whole number from 0 to below `below`, evenly: `randomInt` of node:crypto. */
export type Draw = (below: number) => number;

/** Kinds of characters; of `a` to `f` alone only where nothing beyond them is there, as in hex. */
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

/** As many characters, of the same kinds and each kind at least once, in any order. */
export function drawLike(text: string, draw: Draw): string[] {
  const hex = text.length >= 16 ? HEX_KINDS.filter(({ has }) => has.test(text)) : [];
  const kinds = hex.length > 0 ? hex.slice(0, 1) : KINDS.filter(({ has }) => has.test(text));
  const all = kinds.map(({ alphabet }) => alphabet).join('');
  const pick = (alphabet: string): string => alphabet[draw(alphabet.length)] ?? '';
  const drawn = Array.from(text, (_, index) => pick(kinds[index]?.alphabet ?? all));
  return shuffled(drawn, draw);
}

/** Fisher and Yates. */
function shuffled(items: readonly string[], draw: Draw): string[] {
  const all = [...items];
  for (let last = all.length - 1; last > 0; last -= 1) {
    const other = draw(last + 1);
    [all[last], all[other]] = [all[other] ?? '', all[last] ?? ''];
  }
  return all;
}
