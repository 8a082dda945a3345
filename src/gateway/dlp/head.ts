import type { Finding, KnownSecret, RequestHead } from './finding.ts';
import { createHostInspection } from './host.ts';
import { scan, scanTrail, type Detectors } from './scan.ts';

/** The head of a request: each value by itself, and what several make together. */

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

/** Gives the function that inspects heads. */
export function createHeadInspection(
  detectors: Detectors,
  secrets: readonly KnownSecret[],
): (head: RequestHead) => readonly Finding[] {
  const hostFindings = createHostInspection(detectors, secrets);
  return (head) => {
    const look = (text: string, where: string) => lookAt(detectors, text, { host: head.host, where });
    const parts = partsOf(head);
    const all = [...parts.map(({ text }) => text), ...joinedOf(head)].join('\n');
    if (look(all, 'headers').length === 0) {
      // What holds a whole secret is no piece of one, and would make one of everything that follows.
      const trail = trailsOf(head).flatMap(({ text, where }) =>
        scanTrail(detectors, text, { host: head.host, where }),
      );
      return [...hostFindings(head.host), ...trail];
    }
    // Something is there: where?
    const single = parts.flatMap(({ text, where, name }) =>
      look(text, name !== undefined && look(name, where).length > 0 ? 'header name' : where),
    );
    const found = single.length > 0 ? single : look(all, 'headers');
    return [...hostFindings(head.host), ...found];
  };
}

function lookAt(
  detectors: Detectors,
  text: string,
  { host, where }: { host: string; where: string },
): readonly Finding[] {
  // As Node gives heads: one character is one byte.
  const bytes = Buffer.from(text, 'latin1');
  return scan(detectors, { bytes, host, where, before: 0, final: true, offset: undefined }).findings;
}

interface Part {
  readonly where: string;
  readonly text: string;
  /** Of a header: it can carry what is looked for, and is not told then. */
  readonly name?: string;
}

function partsOf({ path, headers }: RequestHead): Part[] {
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
function trailsOf({ path, headers }: RequestHead): Part[] {
  const telling = headers.filter(([name]) => !DULL.has(name.toLowerCase()));
  return [
    { where: 'url', text: path },
    ...telling.map(([name, value]) => ({ where: `header:${name.toLowerCase()}`, text: value })),
  ];
}

/** Values put together: headers in their order and by name, cookies, parameters, segments of the path. */
function joinedOf({ path, headers }: RequestHead): string[] {
  const telling = headers.filter(([name]) => !DULL.has(name.toLowerCase()));
  const valuesOf = (list: readonly (readonly [string, string])[]) => list.map(([, value]) => value).join('');
  const pairs = telling
    .filter(([name]) => name.toLowerCase() === 'cookie')
    .flatMap(([, value]) => value.split(/;\s*/))
    .map(splitPair);
  const [plain = '', query = ''] = path.split(/\?(.*)/s);
  const parameters = query.split('&').map(splitPair);
  const byName = (list: readonly (readonly [string, string])[]) =>
    list.map(([name, value]) => [sortable(name), value] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  const joined = [
    telling.length > 1 ? [valuesOf(telling), valuesOf(byName(telling))] : [],
    pairs.length > 1 ? [valuesOf(pairs), valuesOf(byName(pairs))] : [],
    parameters.length > 1 ? [valuesOf(parameters), valuesOf(byName(parameters))] : [],
    plain.split('/').length > 2 ? [plain.replaceAll('/', '')] : [],
    ...disguisedAsDull(headers),
    ...inNames(telling, pairs, parameters),
  ].flat();
  return [...new Set(joined)];
}

/** Headers that say nothing can be made to: all values in a row, and taken apart where lists are. */
function disguisedAsDull(headers: RequestHead['headers']): string[][] {
  const values = headers.map(([, value]) => value);
  return [[values.join(''), values.join('').replace(/[,;\s]+/g, '')]];
}

type Pairs = readonly (readonly [string, string])[];

/** Names are text too. */
function inNames(...lists: readonly Pairs[]): string[][] {
  return lists.map((list) => (list.length > 1 ? [list.map(([name]) => name).join('')] : []));
}

function splitPair(pair: string): readonly [string, string] {
  const [name = '', value = ''] = pair.split(/=(.*)/s);
  return [name, value];
}

/** `part-2` comes before `part-10`. */
function sortable(name: string): string {
  return name.replace(/\d+/g, (digits) => digits.padStart(8, '0'));
}
