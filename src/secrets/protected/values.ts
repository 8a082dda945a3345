import { judgeValue, SHORTEST_LINE, type Judged } from './telling.ts';

/** What of a protected file must not leave: its values. Pure. */

export interface ProtectedValue {
  /** `.env: API_KEY`, `id_ed25519, line 3`: names the place, never the value. */
  readonly name: string;
  readonly value: string;
}

export interface FileValues {
  readonly values: readonly ProtectedValue[];
  /** Names of what is kept like a secret, and too plain to be looked for. */
  readonly plain: readonly string[];
}

/** What a file says: a value, and the key that it stands behind, or the line that it is. */
interface Said {
  readonly name: string;
  /** Empty: it is a line by itself. */
  readonly key: string;
  readonly value: string;
}

/** Key and value with an equals sign; a key may hold all that an address does. */
const EQUALS = /^\s*(?:export\s+|-\s+)?["']?([\w.:/@-]+)["']?\s*=\s*(.*?)\s*,?\s*$/;
const COLON = /^\s*(?:-\s+)?["']?([\w./@-]+)["']?\s*:\s*(.*?)\s*,?\s*$/;
const URL_LINE = /^\s*[a-z][a-z\d+.-]*:\/\/\S+\s*$/i;
/** `//host/:_authToken=` in an .npmrc is no comment. */
const COMMENT = /^(?:#|;|\/\/(?=\s|$)|-----)/;

/** The values of a text: what stands behind a name, and lines that are one word. */
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
  return text.split(/\r?\n/).flatMap((line, index) =>
    readLine(line).map(({ key, value }) => ({
      name: key === '' ? `${fileName}, line ${index + 1}` : `${fileName}: ${key}`,
      key,
      value,
    })),
  );
}

type Pair = Pick<Said, 'key' | 'value'>;

/** Files whose lines are read in a way of their own. */
const READERS: readonly { readonly names: RegExp; readonly read: (line: string) => readonly Pair[] }[] = [
  // netrc(5): words, on however many lines
  {
    names: /^[._]?netrc$/,
    read: (line) =>
      [...line.matchAll(/(?:^|\s)(password|account)\s+(\S+)/g)].map(([, key = '', value = '']) => ({
        key,
        value,
      })),
  },
  // host:port:database:user:password
  {
    names: /^\.?pgpass(?:\.conf)?$/,
    read: (line) => [
      {
        key: 'password',
        value: line
          .split(/(?<!\\):/)
          .slice(4)
          .join(':'),
      },
    ],
  },
];

function plainLine(line: string): readonly Pair[] {
  const trimmed = line.trim();
  if (COMMENT.test(trimmed)) return [];
  if (URL_LINE.test(line)) return [{ key: '', value: trimmed }];
  const [, key = '', rest = ''] = EQUALS.exec(line) ?? COLON.exec(line) ?? [];
  // A key in base64 ends so.
  if (key !== '' && /[^=]/.test(rest)) return [{ key, value: unquoted(rest) }];
  const isWord = trimmed.length >= SHORTEST_LINE && !/\s/.test(trimmed);
  return isWord ? [{ key: '', value: trimmed }] : [];
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

/** All strings in a tree; a key of several lines is also its lines. */
function leavesOf(
  tree: unknown,
  { fileName, key }: { readonly fileName: string; readonly key: string },
): readonly Said[] {
  if (typeof tree === 'string') {
    const lines = tree.includes('\n') ? tree.split('\n').flatMap(plainLine) : [];
    return [{ key, value: tree }, ...lines].map((pair) => ({ ...pair, name: `${fileName}: ${key}` }));
  }
  if (typeof tree !== 'object' || tree === null) return [];
  return Object.entries(tree).flatMap(([name, child]) =>
    leavesOf(child, { fileName, key: Array.isArray(tree) ? key : name }),
  );
}
