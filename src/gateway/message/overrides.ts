import { isOverridingHeader, NO_METADATA } from './overriding-headers.ts';

/**
 * Finds requests that ask servers to treat them as another method or path (overriding-headers.ts), or with other
 * headers (Google's APIs). A rule's methods, paths and identity would then apply to a different request. Also finds
 * requests with a second path, to copy from or to, where a rule's paths would cover only the first.
 */

/**
 * Headers in which a proxy names the original host to its server. Rack, and so Rails, prefers them to Host, whoever
 * sends them.
 */
const OTHER_HOST =
  /^(?:x[^a-z0-9](?:host|(?:forwarded|original)[^a-z0-9](?:host|server)|http[^a-z0-9]host[^a-z0-9]override)|forwarded)$/i;

/**
 * Headers of object stores and WebDAV (RFC 4918, 9.8.3). Each relative of S3 and Azure has its own prefix before the
 * same words, and new ones appear, so these patterns match their form: `x-amz-copy-source`, `x-ms-file-rename-source`,
 * `x-oss-symlink-target`.
 */
const SECOND_PATH_SHAPES = [
  `x-${NO_METADATA}(?:.*-)?(?:copy|rename|move)-source`,
  `x-${NO_METADATA}(?:.*-)?symlink-target`,
  'x-copy-from',
  'x-object-manifest',
  'destination',
];

/**
 * Merges names as the other checks do, in one match on the original name: most requests have many headers, and none of
 * these.
 */
const SECOND_PATH = new RegExp(`^(?:${SECOND_PATH_SHAPES.join('|').replaceAll('-', '[^a-z0-9]')})$`, 'i');

const OVERRIDING_PARAMETERS: ReadonlySet<string> = new Set([
  '_method',
  '_httpmethod',
  '!overridemethod',
  // Google's APIs, from Closure's goog.net.rpc.HttpCors. The second carries any headers.
  '$httpmethod',
  '$httpheaders',
  'x-http-method-override',
]);

/** Most servers use it for something else, such as `search`. Facebook's Graph API takes one of these methods in it. */
const METHOD_PARAMETER = 'method';
const METHODS_IN_IT: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * Returns whether a header or the query asks for another method or path. A form can ask too (`_method=`), which this
 * does not see.
 */
export function overridesRequest({ method, path, headers }: AskedBy): boolean {
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

/** Returns the second paths in headers, as sent. Nearly all requests have none. */
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
  /** With the query, as sent. */
  readonly path: string;
  /** Alternating names and values. */
  readonly headers: readonly string[];
}

/** Returns whether the header asks for another method, path, second path or host. */
export const changesRequest = (name: string): boolean =>
  isOverridingHeader(name) || SECOND_PATH.test(name) || OTHER_HOST.test(name);

/**
 * Returns the headers without those that name another host than the judged one. Returns the same array where there is
 * none.
 */
export function withoutOtherHosts(headers: readonly string[]): readonly string[] {
  const isOther = (_: string, index: number): boolean =>
    index % 2 === 0 && OTHER_HOST.test(headers[index] ?? '');
  if (!headers.some(isOther)) return headers;
  return headers.filter((text, index) => !isOther(text, index - (index % 2)));
}

function parametersOf(path: string): [name: string, value: string][] {
  const at = path.indexOf('?');
  // Every parameter above has one of these words, unless it is escaped.
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

/** Parameter separators: `;` in HTML 4 and Perl's CGI, and a second `?` for servers that split twice. */
const SEPARATORS = /[&;?]/;

/** Returns the name that PHP derives from a parameter: php.net, "Variables From External Sources". */
const asByPhp = (name: string): string =>
  name.replace(/\0.*$/s, '').replace(/^ +/, '').replaceAll(/[. []/g, '_');
