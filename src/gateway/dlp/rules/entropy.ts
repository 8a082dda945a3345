/** How often each character of Latin-1 occurs; zero between calls. */
const COUNTS = new Uint32Array(256);

/** Returns Shannon's entropy of a text in Latin-1, in bits per character. */
export function entropyOf(text: string): number {
  const characters: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at) & 0xff;
    if (COUNTS[character] === 0) characters.push(character);
    COUNTS[character]! += 1;
  }
  let bits = 0;
  for (const character of characters) {
    const share = COUNTS[character]! / text.length;
    COUNTS[character] = 0;
    bits -= share * Math.log2(share);
  }
  return bits;
}
