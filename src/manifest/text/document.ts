import {
  Composer,
  CST,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  Parser,
  type Document,
  type ParsedNode,
  type YAMLMap,
} from 'yaml';
import { MOST_PROBLEMS, type Place, type Problem, type SourceText, manifestError } from './report.ts';
import { BottleError } from '../../errors.ts';
import { UNSEEN_CHARACTERS } from '../../ui/terminal/text.ts';

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

/** A path in a document: map keys and list indexes. */
export type KeyPath = readonly (string | number)[];

/** One YAML document as plain data, with the place of each part in the text. */
export interface YamlDocument {
  readonly source: SourceText;
  /** Maps, lists, text, numbers, booleans and null; undefined when there are problems. */
  readonly data: unknown;
  readonly problems: readonly Problem[];
  /** Returns the place of the value at a path; if there is no value, the nearest key above it. */
  valuePlace(path: KeyPath): Place;
  /** Returns the place of the key at a path; for an element of a list, its value. */
  keyPlace(path: KeyPath): Place;
}

/**
 * Parts of YAML that a manifest does not need and that attackers have used against YAML readers: aliases that grow a
 * small text to gigabytes, tags that make a parser build objects, directives that change the meaning of the text.
 */
const REFUSED: Readonly<Record<string, { what: string; hint: string }>> = {
  alias: {
    what: 'YAML aliases are not allowed',
    hint: 'text that begins with * needs quotes; to share settings use `extends`',
  },
  anchor: {
    what: 'YAML anchors are not allowed',
    hint: 'text that begins with & needs quotes; to share settings use `extends`',
  },
  tag: { what: 'YAML tags are not allowed', hint: 'text that begins with ! needs quotes' },
  'directive-line': { what: 'YAML directives are not allowed', hint: 'remove the line' },
};

const HINTS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'indent with spaces',
  BLOCK_AS_IMPLICIT_KEY: 'text with a colon and a space in it needs quotes',
};

/**
 * Real manifests are about seven levels deep. The composer and the schema recurse, so this also limits their stacks.
 */
const MAX_DEPTH = 24;

/** Parses YAML 1.2. Never throws: `problems` lists the faults of the text. */
export function parseDocument(source: SourceText): YamlDocument {
  const { tokens, problems } = tokenize(source);
  if (problems.length > 0) return withoutData(source, problems);
  // `readMap` finds duplicate keys: the composer's own check takes quadratic time.
  const composer = new Composer({ version: '1.2', schema: 'core', stringKeys: true, uniqueKeys: false });
  const [document, second] = withoutTraces(() => [...composer.compose(tokens, true, source.text.length)]);
  if (document === undefined) return withoutData(source, []);
  const errors = syntaxProblems(source, document);
  if (second !== undefined) {
    const start = second.range[0];
    errors.push({ at: { source, start, end: start + 3 }, what: 'a second document; a manifest is one' });
  }
  return errors.length > 0 ? withoutData(source, errors) : withData(source, document.contents);
}

/** The composer creates an Error for every fault: for a hundred thousand, unused stack traces would take seconds. */
function withoutTraces<T>(action: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return action();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function tokenize(source: SourceText): { tokens: CST.Token[]; problems: Problem[] } {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  const problems: Problem[] = [];
  let isText = false;
  for (const lexeme of new Lexer().lex(source.text)) {
    const type: CST.TokenType | null = isText ? null : CST.tokenType(lexeme);
    const at = { source, start: parser.offset, end: parser.offset + lexeme.length };
    const refused = type === null ? undefined : REFUSED[type];
    if (refused !== undefined) problems.push({ at, ...refused });
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > MAX_DEPTH) {
      return { tokens, problems: [...problems, { at, what: 'this is nested too deeply' }] };
    }
    isText = type === 'scalar'; // the lexer announces plain text, which may look like any token
  }
  tokens.push(...parser.end());
  return { tokens, problems };
}

function syntaxProblems(source: SourceText, document: Document.Parsed): Problem[] {
  return document.errors.slice(0, MOST_PROBLEMS + 1).map((error) => {
    const hint = HINTS[error.code];
    return {
      at: { source, start: error.pos[0], end: error.pos[1] },
      what:
        error.code === 'NON_STRING_KEY' ? 'a key must be text' : `this is not valid YAML: ${error.message}`,
      ...(hint === undefined ? {} : { hint }),
    };
  });
}

/** Collects places and problems while the nodes are read; the data is the return value. */
interface Reading {
  readonly source: SourceText;
  readonly problems: Problem[];
  readonly keys: Map<string, Place>;
  readonly values: Map<string, Place>;
}

const nameOf = (path: KeyPath): string => JSON.stringify(path);

function withData(source: SourceText, contents: ParsedNode | null): YamlDocument {
  const reading: Reading = { source, problems: [], keys: new Map(), values: new Map() };
  const data = readNode(reading, contents, []);
  const start = contents?.range[0] ?? 0;
  const top = { source, start, end: start + 1 };
  const keyPlace = (path: KeyPath): Place => {
    if (path.length === 0) return top;
    const name = nameOf(path);
    return reading.keys.get(name) ?? reading.values.get(name) ?? keyPlace(path.slice(0, -1));
  };
  const valuePlace = (path: KeyPath): Place => reading.values.get(nameOf(path)) ?? keyPlace(path);
  return { source, data, problems: reading.problems, keyPlace, valuePlace };
}

function withoutData(source: SourceText, problems: readonly Problem[]): YamlDocument {
  const top = (): Place => ({ source, start: 0, end: 1 });
  return { source, data: undefined, problems, keyPlace: top, valuePlace: top };
}

function readNode(reading: Reading, node: ParsedNode | null, path: KeyPath): unknown {
  if (node === null) return null;
  reading.values.set(nameOf(path), placeOf(reading.source, node));
  if (isMap(node)) return readMap(reading, node, path);
  if (isSeq(node)) return node.items.map((item, index) => readNode(reading, item, [...path, index]));
  return isScalar(node) ? node.value : undefined;
}

function readMap(reading: Reading, map: YAMLMap.Parsed, path: KeyPath): Readonly<Record<string, unknown>> {
  const entries = new Map<string, unknown>();
  for (const { key, value } of map.items) {
    const name = isScalar(key) ? String(key.value) : '';
    const at = placeOf(reading.source, key);
    const valuePath = [...path, name];
    if (entries.has(name)) {
      const other = reading.keys.get(nameOf(valuePath)) ?? at;
      reading.problems.push({ at, what: `duplicate key \`${name}\``, other });
    } else if (name === '__proto__') {
      reading.problems.push({ at, what: 'a key may not be called `__proto__`' });
    } else {
      reading.keys.set(nameOf(valuePath), at);
      entries.set(name, readNode(reading, value, valuePath));
    }
  }
  return Object.fromEntries(entries);
}

const placeOf = (source: SourceText, node: ParsedNode): Place => ({
  source,
  start: node.range[0],
  end: node.range[1],
});
