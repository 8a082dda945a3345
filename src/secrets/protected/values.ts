/** What of a protected file must not leave: its values, line by line. Pure. */

export interface ProtectedValue {
  /** `.env: API_KEY`, `id_ed25519, line 3`: names the place, never the value. */
  readonly name: string;
  readonly value: string;
}

/** A value shorter than this is no secret, or guessed. */
const SHORTEST_VALUE = 8;
/** Of lines that are all value, as in a key; prose has spaces. */
const SHORTEST_LINE = 16;
const ASSIGNMENT = /^\s*(?:export\s+|-\s+)?["']?([\w.:/@-]+)["']?\s*[=:]\s*(.*?)\s*,?\s*$/;
/** What configuration is full of, and is nobody's secret. */
const PLAIN_WORD = /^(?:[a-z]+|[A-Z]+|[\d.]+|https?:\/\/[^\s:@]+(?::\d+)?(?:\/[^\s?]*)?|\/[\w./-]*)$/;

/** The values of a text: what stands behind a name, and lines that are one word. */
export function valuesIn(fileName: string, text: string): readonly ProtectedValue[] {
  const found = text.split(/\r?\n/).flatMap((line, index): ProtectedValue[] => {
    const trimmed = line.trim();
    if (/^(?:#|;|\/\/|-----)/.test(trimmed)) return [];
    const [, key = '', rest = ''] = ASSIGNMENT.exec(line) ?? [];
    const value = unquoted(rest);
    // A key in base64 ends so.
    if (key !== '' && /[^=]/.test(rest))
      return isValue(value) ? [{ name: `${fileName}: ${key}`, value }] : [];
    const isWord = trimmed.length >= SHORTEST_LINE && !/\s/.test(trimmed) && !PLAIN_WORD.test(trimmed);
    return isWord ? [{ name: `${fileName}, line ${index + 1}`, value: trimmed }] : [];
  });
  return [...new Map(found.map((one) => [one.value, one])).values()];
}

function isValue(text: string): boolean {
  return text.length >= SHORTEST_VALUE && !PLAIN_WORD.test(text);
}

function unquoted(text: string): string {
  const quote = /^(["'`])(.*)\1$/.exec(text)?.[2];
  return quote ?? text.replace(/\s+#.*$/, '');
}
