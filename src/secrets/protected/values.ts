import { secretPartsOf } from './key-parts.ts';
import { judgeValue, SHORTEST_LINE, type Judged, type Value } from './telling.ts';

/** Extracts the values of a protected file, which must not leave a bottle. Pure. */

export interface ProtectedValue {
  /** The value's place, such as `.env: API_KEY` or `id_ed25519, line 3`; never the value itself. */
  readonly name: string;
  readonly value: string;
}

export interface FileValues {
  readonly values: readonly ProtectedValue[];
  /** Names of values that are kept like secrets, but are too common to search for. */
  readonly plain: readonly string[];
}

/** A value of a file, with its name. */
interface Said extends Value {
  readonly name: string;
}

/** Key and value with an equals sign. A key may contain the characters of a URL. */
const EQUALS = /^\s*(?:export\s+|-\s+)?["']?([\w.:/@-]+)["']?\s*=\s*(.*?)\s*,?\s*$/;
const COLON = /^\s*(?:-\s+)?["']?([\w./@-]+)["']?\s*:\s*(.*?)\s*,?\s*$/;
const URL_LINE = /^\s*[a-z][a-z\d+.-]*:\/\/\S+\s*$/i;
/**
 * A comment, or the first or last line of a private key: the first may open a quote, which the last closes.
 * `//host/:_authToken=` in an .npmrc is no comment.
 */
const COMMENT = /^(?:#|;|\/\/(?=\s|$)|["'`]?-----)/;
/** After an equals sign, as in a shell, only a sign before white space or the end begins a comment. */
const COMMENT_BEHIND_EQUALS = /^(?:#|;|\/\/)(?:\s|$)/;
const KEY = /^["'`]?-----BEGIN /;
/** The first line of a private key whose other lines follow. */
const KEY_BEGINS = /^["'`]?-----BEGIN [A-Z\d ]+-----$/;
const BEGINS = /-----BEGIN ([^-]*)-----/;
const ENDS = '-----END ';
/** A block with its content, even if its end is missing. */
const BLOCK = /-----BEGIN ([^-]*)-----(.*?)(?=-----|$)/gs;
/** Labels of blocks whose content is public. */
const PUBLIC_BLOCK = /PUBLIC KEY|CERTIFICATE|PARAMETERS|CRL|SIGNATURE/;
const BASE64 = /^[a-zA-Z\d+/]+={0,2}$/;
/** The head of a section, which holds no value. */
const SECTION = /^\[.*\]$/;

/** Returns the values of a text: those after a key, and lines that are one word. */
export function valuesIn(fileName: string, text: string): FileValues {
  const judged = saidIn(fileName, text).map((said) => ({ ...said, ...judgeValue(said) }));
  const found = judged.flatMap(({ name, values }: Said & Judged) => values.map((value) => ({ name, value })));
  return {
    values: [...new Map(found.map((one) => [one.value, one])).values()],
    plain: judged.filter(({ isPlain }) => isPlain).map(({ name }) => name),
  };
}

function saidIn(fileName: string, text: string): readonly Said[] {
  const tree = readJson(text);
  if (tree !== undefined) return leavesOf(tree, { fileName, key: '' });
  const readLine = READERS.find(({ names }) => names.test(fileName))?.read ?? plainLine;
  return linesOf(text).flatMap((line, index) =>
    readLine(line).flatMap((pair) => {
      const within = readJson(pair.value);
      if (within !== undefined) return leavesOf(within, { fileName, key: pair.key });
      return {
        ...pair,
        name: pair.key === '' ? `${fileName}, line ${index + 1}` : `${fileName}: ${pair.key}`,
      };
    }),
  );
}

interface Line {
  readonly text: string;
  /** The line is part of a private key, or the file's only line. */
  readonly isSecret: boolean;
}

function linesOf(text: string): readonly Line[] {
  const lines = text.split(/\r?\n/);
  const isOnly = lines.filter((line) => line.trim() !== '').length === 1;
  const found = lines.map((line) => ({ text: line, isSecret: isOnly }));
  for (const [begin, line] of lines.entries()) {
    const label = BEGINS.exec(line)?.[1];
    if (label === undefined || line.includes(ENDS)) continue;
    const within = untilNext(lines.slice(begin + 1));
    const isWhole = lines[begin + 1 + within.length]?.includes(`${ENDS}${label}-----`) === true;
    // The first line of a public block without its end must not hide the lines after it.
    if (!isWhole && PUBLIC_BLOCK.test(label)) continue;
    const parts = isWhole ? secretOf(label, within) : within;
    for (const [index, part] of parts.entries()) found[begin + 1 + index] = { text: part, isSecret: true };
  }
  return found;
}

/** The trimmed lines up to the end of a block or the start of the next. */
function untilNext(lines: readonly string[]): readonly string[] {
  const size = lines.findIndex((line) => line.includes(ENDS) || BEGINS.test(line));
  return lines.slice(0, size === -1 ? lines.length : size).map((line) => line.trim());
}

/** The secret parts of a block's lines. In a public block, no base64 line is secret. */
function secretOf(label: string, lines: readonly string[]): readonly string[] {
  if (PUBLIC_BLOCK.test(label)) return lines.map((line) => (BASE64.test(line) ? '' : line));
  return secretPartsOf(label, lines);
}

/** Files whose lines have a special format. */
const READERS: readonly { readonly names: RegExp; readonly read: (line: Line) => readonly Value[] }[] = [
  // netrc(5): words on any number of lines
  {
    names: /^[._]?netrc$/,
    read: ({ text }) =>
      [...text.matchAll(/(?:^|\s)(password|account)\s+(\S+)/g)].map(([, key = '', value = '']) => ({
        key,
        value,
        isSecret: true,
      })),
  },
  // host:port:database:user:password
  {
    names: /^\.?pgpass(?:\.conf)?$/,
    read: ({ text }) => [
      {
        key: 'password',
        value: text
          .split(/(?<!\\):/)
          .slice(4)
          .join(':'),
      },
    ],
  },
];

function plainLine({ text, isSecret }: Line): readonly Value[] {
  const trimmed = text.trim();
  if (KEY.test(trimmed) && trimmed.includes(ENDS)) return keyOnOneLine('', trimmed);
  if (COMMENT.test(trimmed) || SECTION.test(trimmed)) return [];
  if (URL_LINE.test(text)) return [{ key: '', value: trimmed }];
  const equals = EQUALS.exec(text);
  const [, key = '', rest = ''] = equals ?? COLON.exec(text) ?? [];
  if (KEY.test(rest)) return KEY_BEGINS.test(rest) ? [] : keyOnOneLine(key, rest);
  const comment = equals === null ? COMMENT : COMMENT_BEHIND_EQUALS;
  // A base64 line ends with equals signs: they are padding, not a value.
  if (key !== '' && /[^=]/.test(rest)) return comment.test(rest) ? [] : [{ key, value: unquoted(rest) }];
  const word = unquoted(trimmed.replace(/^-\s+/, ''));
  const isWord = word.length >= SHORTEST_LINE && !/\s/.test(word);
  return isWord ? [{ key: '', value: word, isSecret }] : [];
}

/**
 * Reads a private key that is one text, as in a variable, with line breaks, escaped line breaks, or none. Each line is
 * a separate value: it identifies the key as well as the whole text does.
 */
function keyOnOneLine(key: string, text: string): readonly Value[] {
  return [...text.matchAll(BLOCK)].flatMap(([, label = '', content = '']) => {
    if (PUBLIC_BLOCK.test(label)) return [];
    const lines = content.replaceAll(/\\+[nr]/g, '\n').split(/[\s"'`]+/);
    const words = lines.filter((line) => BASE64.test(line));
    const parts = secretPartsOf(label, words).filter((part) => part.length >= SHORTEST_LINE);
    // If no part can be separated, the whole content is the value.
    const values = parts.length > 0 ? parts : [content.trim()];
    return values.map((value) => ({ key, value, isSecret: true }));
  });
}

function unquoted(text: string): string {
  const quote = /^(["'`])(.*)\1$/.exec(text)?.[2];
  return quote ?? text.replace(/\s+#.*$/, '');
}

function readJson(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** All strings in a tree, each also split into its lines. A private key contributes only its secret parts. */
function leavesOf(
  tree: unknown,
  { fileName, key }: { readonly fileName: string; readonly key: string },
): readonly Said[] {
  if (typeof tree === 'string') {
    const lines = tree.includes('\n') ? linesOf(tree).flatMap(plainLine) : [];
    const said = KEY.test(tree.trim()) ? keyOnOneLine(key, tree) : [{ key, value: tree }, ...lines];
    return said.map((pair) => ({ ...pair, name: `${fileName}: ${key}` }));
  }
  if (typeof tree !== 'object' || tree === null) return [];
  return Object.entries(tree).flatMap(([name, child]) =>
    leavesOf(child, { fileName, key: Array.isArray(tree) ? key : name }),
  );
}
