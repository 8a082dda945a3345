import type { Inbound } from './exchange.ts';

/**
 * Requests that ask to be taken for another method (Rack, Express, Laravel, ASP.NET, Google's APIs) or path (IIS, Symfony,
 * Laminas) than they show: what a rule says of methods and paths would not be about them.
 */

/** With `_` as `-`, as CGI merges names (RFC 3875, 4.1.18). */
const OVERRIDING_HEADERS: ReadonlySet<string> = new Set([
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
  'x-original-url',
  'x-rewrite-url',
]);

const OVERRIDING_PARAMETERS: ReadonlySet<string> = new Set([
  '_method',
  '_httpmethod',
  '$httpmethod',
  'x-http-method-override',
]);

/** Whether it asks for that in a header or in the query. A form can ask for it too (`_method=`), which is not seen here. */
export function asksForAnother({ path, headers }: Pick<Inbound, 'path' | 'headers'>): boolean {
  for (let index = 0; index < headers.length; index += 2) {
    if (isOverriding(headers[index] ?? '')) return true;
  }
  return parametersOf(path).some((name) => OVERRIDING_PARAMETERS.has(name.toLowerCase()));
}

/** All of them begin with an x. */
function isOverriding(name: string): boolean {
  if (name[0] !== 'x' && name[0] !== 'X') return false;
  return OVERRIDING_HEADERS.has(name.toLowerCase().replaceAll('_', '-'));
}

function parametersOf(path: string): string[] {
  const at = path.indexOf('?');
  // All of them have that word, unless it is escaped.
  if (at === -1 || !/%|method/i.test(path)) return [];
  return Array.from(new URLSearchParams(path.slice(at + 1)).keys());
}
