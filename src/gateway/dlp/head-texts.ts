import type { RequestHead } from './finding.ts';

/** The texts that the head of a request makes: each value by itself, and what several make together. */

/** Set by every client to what says nothing: pieces of a value are not joined across them. */
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

export interface Part {
  readonly where: string;
  readonly text: string;
  /** Of a header: it can carry what is looked for, and is not told then. */
  readonly name?: string;
}

/** The path, and each header as a line. */
export function partsOf({ path, headers }: RequestHead): readonly Part[] {
  return [
    { where: 'url', text: path },
    ...headers.map(([name, value]) => ({
      where: `header:${name.toLowerCase()}`,
      text: `${name}: ${value}`,
      name,
    })),
  ];
}

/** What may be pieces from request to request. */
export function trailsOf({ path, headers }: RequestHead): readonly Part[] {
  return [
    { where: 'url', text: path },
    ...tellingOf(headers).map(([name, value]) => ({ where: `header:${name.toLowerCase()}`, text: value })),
  ];
}

function tellingOf(headers: Pairs): Pairs {
  return headers.filter(([name]) => !DULL.has(name.toLowerCase()));
}

/** Values put together: the path and headers in their order, headers by name, cookies, parameters, segments of the path. */
export function joinedOf({ path, headers }: RequestHead): readonly string[] {
  const telling = tellingOf(headers);
  const cookies = telling
    .filter(([name]) => name.toLowerCase() === 'cookie')
    .flatMap(([, value]) => value.split(/;\s*/))
    .map(splitPair);
  const [plain = '', query = ''] = path.split(/\?(.*)/s);
  const parameters = query.split('&').map(splitPair);
  const several = [telling, cookies, parameters].filter(({ length }) => length > 1);
  const joined = [
    ...(telling.length > 0 ? [path + valuesOf(telling)] : []),
    ...several.flatMap((pairs) => [
      ...(pairs === telling ? [] : [valuesOf(pairs)]),
      valuesOf(byName(pairs)),
      namesOf(pairs),
    ]),
    ...(plain.split('/').length > 2 ? [plain.replaceAll('/', '')] : []),
    // Headers that say nothing can be made to: all values in a row, taken apart where lists are.
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

/** `part-2` comes before `part-10`. */
function byName(pairs: Pairs): Pairs {
  const sortable = (name: string) => name.replace(/\d+/g, (digits) => digits.padStart(8, '0'));
  return pairs.map(([name, value]) => [sortable(name), value] as const).sort(([a], [b]) => (a < b ? -1 : 1));
}

function splitPair(pair: string): readonly [string, string] {
  const [name = '', value = ''] = pair.split(/=(.*)/s);
  return [name, value];
}
