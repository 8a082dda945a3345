import type { RequestHead } from '../finding.ts';

/** The texts of a request's head: each value alone, and several values joined. */

/** Headers that every client sets to uninformative values: pieces of a secret are not joined across them. */
const DULL = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
  'user-agent',
]);

/** Facts about the name of a header or a parameter. */
interface Name {
  readonly lower: string;
  readonly isDull: boolean;
  /** `part-2` comes before `part-10`. */
  readonly sortable: string;
}

/** Names repeat, so their facts are cached. */
const MAX_NAMES = 512;
const LONGEST_NAME = 128;
const names = new Map<string, Name>();

function nameOf(text: string): Name {
  let name = names.get(text);
  if (name !== undefined) return name;
  const lower = text.toLowerCase();
  const sortable = text.replace(/\d+/g, (digits) => digits.padStart(8, '0'));
  name = { lower, isDull: DULL.has(lower), sortable };
  if (names.size >= MAX_NAMES) names.clear();
  if (text.length <= LONGEST_NAME) names.set(text, name);
  return name;
}

interface Part {
  readonly where: string;
  readonly text: string;
  /** Name of a header. It can itself contain a known value; then findings do not name it. */
  readonly name?: string;
}

/** Returns the path, and each header as a line. */
export function partsOf({ path, headers }: RequestHead): readonly Part[] {
  return [
    { where: 'url', text: path },
    ...headers.map(([name, value]) => ({
      where: `header:${nameOf(name).lower}`,
      text: `${name}: ${value}`,
      name,
    })),
  ];
}

function tellingOf(headers: Pairs): Pairs {
  return headers.filter(([name]) => !nameOf(name).isDull);
}

/**
 * A list of pairs of digits. A slash is a character of base64: it joins the first item with the text
 * before it, and the last item with the text after it.
 */
const LIST_IN_PATH = /(?:\/|%2f)(?:0x)?[\da-f]{2}[^\w/+-]/i;

/** Returns values joined: path and headers in order, headers by name, cookies, parameters, segments of the path. */
export function joinedOf({ path, headers }: RequestHead): readonly string[] {
  const telling = tellingOf(headers);
  const cookies = telling
    .filter(([name]) => nameOf(name).lower === 'cookie')
    .flatMap(([, value]) => value.split(/;\s*/))
    .map(splitPair);
  const [plain = ''] = path.split('?', 1);
  const parameters = parametersOf(path);
  const several = [telling, cookies, parameters].filter(({ length }) => length > 1);
  const joined = [
    ...(telling.length > 0 ? [path + valuesOf(telling)] : []),
    ...several.flatMap((pairs) => [
      ...(pairs === telling ? [] : [valuesOf(pairs)]),
      valuesOf(byName(pairs)),
      namesOf(pairs),
    ]),
    ...(plain.split('/').length > 2 ? [plain.replaceAll('/', '')] : []),
    ...(LIST_IN_PATH.test(plain) ? [plain.replaceAll('/', ' ')] : []),
    // A client can also fill uninformative headers: all values in a row, without the separators of lists.
    valuesOf(headers).replace(/[,;\s]+/g, ''),
  ];
  return [...new Set(joined)];
}

type Pairs = readonly (readonly [name: string, value: string])[];

function valuesOf(pairs: Pairs): string {
  return pairs.map(([, value]) => value).join('');
}

/** Names are text too. */
function namesOf(pairs: Pairs): string {
  return pairs.map(([name]) => name).join('');
}

function byName(pairs: Pairs): Pairs {
  return pairs
    .map((pair) => ({ pair, sortable: nameOf(pair[0]).sortable }))
    .sort((a, b) => (a.sortable < b.sortable ? -1 : 1))
    .map(({ pair }) => pair);
}

function parametersOf(path: string): Pairs {
  const at = path.indexOf('?');
  return at === -1
    ? []
    : path
        .slice(at + 1)
        .split('&')
        .map(splitPair);
}

function splitPair(pair: string): readonly [string, string] {
  const [name = '', value = ''] = pair.split(/=(.*)/s);
  return [name, value];
}
