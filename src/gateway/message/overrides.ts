import { isOverridingHeader, NO_METADATA } from './overriding-headers.ts';

/**
 * Requests that ask to be taken for another method or path (overriding-headers.ts), or with other headers (Google's APIs), than
 * they show: what a rule says of methods and paths, or the identity that it lends, would not be about them. And those that name
 * a second path, to copy from or to: what a rule says of paths would be about the first only.
 */

/** In which a proxy tells the server behind it what host it was asked for. Rack, and so Rails, believes them before Host, whoever sends them. */
const OTHER_HOST =
  /^(?:x[^a-z0-9](?:host|(?:forwarded|original)[^a-z0-9](?:host|server)|http[^a-z0-9]host[^a-z0-9]override)|forwarded)$/i;

/**
 * Of object stores and WebDAV (RFC 4918, 9.8.3). Each kin of S3 and of Azure has a prefix of its own before the same words, and
 * new ones come, so they are told by their shape: `x-amz-copy-source`, `x-ms-file-rename-source`, `x-oss-symlink-target`.
 */
const SECOND_PATH_SHAPES = [
  `x-${NO_METADATA}(?:.*-)?(?:copy|rename|move)-source`,
  `x-${NO_METADATA}(?:.*-)?symlink-target`,
  'x-copy-from',
  'x-object-manifest',
  'destination',
];

/** Merged as the others, in one look at the name as it came: most requests have many headers, and none of these. */
const SECOND_PATH = new RegExp(`^(?:${SECOND_PATH_SHAPES.join('|').replaceAll('-', '[^a-z0-9]')})$`, 'i');

const OVERRIDING_PARAMETERS: ReadonlySet<string> = new Set([
  '_method',
  '_httpmethod',
  '!overridemethod',
  // Of Google's APIs, from Closure's goog.net.rpc.HttpCors; the second carries whole headers, whichever they are.
  '$httpmethod',
  '$httpheaders',
  'x-http-method-override',
]);

/** To most it means something of their own, such as `search`; the Graph of Facebook takes one of these in it. */
const METHOD_PARAMETER = 'method';
const METHODS_IN_IT: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** Whether it asks for that in a header or in the query. A form can ask for it too (`_method=`), which is not seen here. */
export function asksForAnother({ method, path, headers }: AskedBy): boolean {
  for (let index = 0; index < headers.length; index += 2) {
    if (isOverridingHeader(headers[index] ?? '')) return true;
  }
  return parametersOf(path).some(([name, value]) => {
    const known = name.toLowerCase();
    if (known !== METHOD_PARAMETER) return OVERRIDING_PARAMETERS.has(known);
    const wanted = value.replace(/\0.*$/s, '').trim().toUpperCase();
    return wanted !== method && METHODS_IN_IT.has(wanted);
  });
}

/** What headers of it name as a second path, as they came; none, in nearly all requests. */
export function secondPathsOf(headers: readonly string[]): readonly string[] {
  let found: string[] | undefined;
  for (let index = 0; index < headers.length; index += 2) {
    if (SECOND_PATH.test(headers[index] ?? '')) (found ??= []).push(headers[index + 1] ?? '');
  }
  return found ?? NONE;
}

const NONE: readonly string[] = [];

interface AskedBy {
  readonly method: string;
  /** With its query, as sent. */
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
}

/** Whether it is a header that asks for any of that, or for another host. */
export const changesRequest = (name: string): boolean =>
  isOverridingHeader(name) || SECOND_PATH.test(name) || OTHER_HOST.test(name);

/** The headers without those by which a request is about another host than the one that was judged. The same, where there is none. */
export function withoutOtherHosts(headers: readonly string[]): readonly string[] {
  const isOther = (_: string, index: number): boolean =>
    index % 2 === 0 && OTHER_HOST.test(headers[index] ?? '');
  if (!headers.some(isOther)) return headers;
  return headers.filter((text, index) => !isOther(text, index - (index % 2)));
}

function parametersOf(path: string): [name: string, value: string][] {
  const at = path.indexOf('?');
  // All of them have one of these words, unless it is escaped.
  if (at === -1 || !/%|method|httpheaders/i.test(path)) return [];
  const parameters = path
    .slice(at + 1)
    .split(SEPARATORS)
    .flatMap((part) => [...new URLSearchParams(part)]);
  return parameters.flatMap(([name, value]) => [
    [name, value],
    [asByPhp(name), value],
  ]);
}

/** `;` is one by HTML 4 and for Perl's CGI; a second `?` for some that split once too often. */
const SEPARATORS = /[&;?]/;

/** What PHP makes of a name: php.net, "Variables From External Sources". */
const asByPhp = (name: string): string =>
  name.replace(/\0.*$/s, '').replace(/^ +/, '').replaceAll(/[. []/g, '_');
