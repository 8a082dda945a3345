import { BottleError } from '../../errors.ts';
import { UNSEEN_CHARACTERS } from '../../ui/terminal/text.ts';
import { manifestError, type Problem, type SourceText } from './report.ts';

/**
 * Returns the text of a manifest, without a byte order mark.
 * @throws BottleError `manifest`: the text is not UTF-8, is empty, or contains characters that a reader cannot see
 */
export function decodeText(bytes: Uint8Array, shownAs: string): SourceText {
  const text = decodeUtf8(bytes, shownAs);
  const source = { shownAs, text };
  if (text.trim() === '') {
    throw new BottleError('manifest', `${shownAs} is empty`, { fix: 'write one with: bot-bottle init' });
  }
  const problems = [...text.matchAll(UNSEEN)].map((match) => unseenProblem(source, match));
  if (problems.length > 0) throw manifestError(problems);
  return source;
}

function decodeUtf8(bytes: Uint8Array, shownAs: string): string {
  if (startsWith(bytes, [0xff, 0xfe]) || startsWith(bytes, [0xfe, 0xff])) {
    throw new BottleError('manifest', `${shownAs} is UTF-16`, { fix: 'save it as UTF-8' });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // Decodes again with replacement characters, only to find the first bad byte.
    const text = new TextDecoder('utf-8').decode(bytes);
    const start = Math.max(0, text.indexOf('\uFFFD'));
    throw manifestError([
      { at: { source: { shownAs, text }, start, end: start + 1 }, what: 'this is not UTF-8 text' },
    ]);
  }
}

const startsWith = (bytes: Uint8Array, prefix: readonly number[]): boolean =>
  prefix.every((byte, index) => bytes[index] === byte);

/**
 * Characters that YAML does not allow (control characters), or that make a text look different from its content: a
 * carriage return alone, separators at which only some programs break lines, format characters with the bidirectional
 * controls of "Trojan Source" (CVE-2021-42574), and everything invisible: see `UNSEEN_CHARACTERS`.
 */
const UNSEEN = new RegExp(`(?![\\t\\n\\r ])[${UNSEEN_CHARACTERS}\\ufffe\\uffff]|\\r(?!\\n)`, 'gu');

function unseenProblem(source: SourceText, match: RegExpExecArray): Problem {
  const code = (match[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return {
    at: { source, start: match.index, end: match.index + match[0].length },
    what: `the character U+${code} cannot be seen and is not allowed`,
    ...(code === '0000' ? { hint: 'is this a binary file?' } : {}),
  };
}
