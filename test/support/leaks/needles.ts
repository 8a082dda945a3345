/** A piece of a secret in one spelling, and its name in a report. */
export interface Needle {
  readonly name: string;
  readonly bytes: Buffer;
}

/**
 * Returns both halves of a secret in every usual spelling: text that holds the whole in one spelling holds both. `name`
 * is for reports.
 */
export function needlesOf(name: string, secret: string): readonly Needle[] {
  const middle = Math.floor(secret.length / 2);
  return [secret.slice(0, middle), secret.slice(middle)].flatMap((half, index) =>
    Object.entries(spellings(half)).map(([spelling, text]) => ({
      name: `${name}, half ${index + 1}, ${spelling}`,
      bytes: typeof text === 'string' ? Buffer.from(text) : text,
    })),
  );
}

function spellings(text: string): Record<string, string | Buffer> {
  const bytes = Buffer.from(text);
  const hex = bytes.toString('hex');
  const pairs = hex.match(/../g) ?? [];
  const base64 = [0, 1, 2].flatMap((before) => {
    const all = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    // The characters that these bytes alone determine.
    const decided = all.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
    const forUrls = decided.replaceAll('+', '-').replaceAll('/', '_');
    return [
      [`base64 at ${before}`, decided],
      [`base64url at ${before}`, forUrls],
    ];
  });
  return {
    raw: text,
    reversed: Array.from(text).toReversed().join(''),
    hex,
    HEX: hex.toUpperCase(),
    percent: pairs.map((pair) => `%${pair}`).join(''),
    'JSON escapes': pairs.map((pair) => `\\u00${pair}`).join(''),
    'HTML entities': [...bytes].map((byte) => `&#${byte};`).join(''),
    'HTML entities in hex': pairs.map((pair) => `&#x${pair};`).join(''),
    'UTF-16': Buffer.from(text, 'utf16le'),
    ...(Object.fromEntries(base64) as Record<string, string>),
  };
}

/** Returns the names of the needles in these bytes. */
export function namesIn(bytes: Buffer, needles: readonly Needle[]): string[] {
  return needles.filter((needle) => bytes.includes(needle.bytes)).map(({ name }) => name);
}
