import type { Injection, Rule, Scheme } from '../config.ts';
import { canonicalActions, type WrittenActions } from '../dlp/actions.ts';
import { ESCAPED_SLASH } from './paths/paths.ts';

/** Derives the requirements of a rule beyond host and port, and whether the gateway must open TLS for it. */

export interface WrittenOpening {
  readonly scheme?: Scheme;
  readonly methods?: readonly string[];
  readonly paths?: readonly string[];
  /** `pass`: TLS passes unopened, and the gateway sees nothing in it. */
  readonly tls?: 'open' | 'pass';
  readonly websocket?: boolean;
  readonly inject?: Injection;
  /** Default: `block` wherever the gateway can see the content. */
  readonly dlp?: WrittenActions | 'off';
}

type List = 'allow' | 'deny';

/** Throws, with the rule's fault and what to write instead. */
type Fail = (what: string, fix: string) => never;

/** RFC 9110, 5.6.2: a token. The gateway's parser accepts only methods in upper case. */
const METHOD = /^[A-Z]+(?:-[A-Z]+)*$/;

/** Keys that require the gateway to see the content. */
const NEEDS_CONTENT = ['methods', 'paths', 'websocket', 'inject', 'dlp'] as const;

/**
 * Returns methods, paths and all other parts that require visible content, and `opensTls` where that content is inside
 * TLS. A deny rule opens nothing itself: the allow rules of its host do (see bottle/egress/policy.ts).
 */
export function canonicalOpening(written: WrittenOpening, list: List, fail: Fail): Partial<Rule> {
  refuseContradictions(written, list, fail);
  const seen: Partial<Rule> = {
    ...checked('methods', written.methods, fail),
    ...checked('paths', written.paths, fail),
    ...(written.websocket === true ? { websocket: true } : {}),
    ...(written.inject === undefined ? {} : { inject: written.inject }),
    ...dlpOf(written, list),
  };
  const isAllowedTls = list === 'allow' && (written.scheme ?? 'https') === 'https';
  const opens = isAllowedTls && (written.tls === 'open' || Object.keys(seen).length > 0);
  return opens ? { ...seen, opensTls: true } : seen;
}

/** Refuses keys that contradict each other or the list. */
function refuseContradictions(written: WrittenOpening, list: List, fail: Fail): void {
  const { scheme, tls } = written;
  const asked = NEEDS_CONTENT.filter((key) => asksFor(written, key));
  if (list === 'deny') {
    const wrong = asked.find((key) => key !== 'methods' && key !== 'paths') ?? (tls && 'tls');
    if (wrong !== undefined) fail(`a deny rule has ${wrong}`, `leave ${wrong}: out: it says how to allow`);
  }
  if (scheme === 'tcp' && list === 'allow') {
    const wrong = asked[0] ?? (tls && 'tls');
    if (wrong !== undefined)
      fail(`${wrong} cannot be enforced on scheme tcp`, `say scheme: https or http, or leave ${wrong}: out`);
  }
  if (scheme === 'http' && tls !== undefined)
    fail(`tls: ${tls} has no meaning on scheme http`, 'leave tls: out');
  if (scheme === 'http' && asked.includes('inject'))
    fail(
      'inject on scheme http would send the secret in the clear',
      'say scheme: https, or leave inject: out',
    );
  if (tls === 'pass' && asked[0] !== undefined)
    fail(
      `${asked[0]} cannot be enforced where tls: pass keeps TLS closed`,
      `leave tls: pass out, or ${asked[0]}:`,
    );
}

function asksFor(written: WrittenOpening, key: (typeof NEEDS_CONTENT)[number]): boolean {
  const value = written[key];
  return value !== undefined && value !== false && value !== 'off';
}

/** The gateway inspects every allowed request, unless the rule disables it or the content is not visible. */
function dlpOf({ scheme, tls, dlp }: WrittenOpening, list: List): Pick<Rule, 'dlp'> {
  const isSeen = list === 'allow' && scheme !== 'tcp' && tls !== 'pass';
  return !isSeen || dlp === 'off' ? {} : { dlp: canonicalActions(dlp ?? 'block') };
}

function checked<Key extends 'methods' | 'paths'>(
  key: Key,
  values: readonly string[] | undefined,
  fail: Fail,
): { readonly [K in Key]?: readonly string[] } {
  if (values === undefined) return {};
  if (values.length === 0) fail(`${key} is empty`, `leave ${key}: out to mean all of them`);
  const wrong = values.find((value) => (key === 'methods' ? !METHOD.test(value) : !isPathGlob(value)));
  if (wrong !== undefined) {
    fail(
      `${key} has ${wrong}`,
      key === 'methods'
        ? 'write methods in upper case: GET'
        : 'write paths decoded, from the first slash: /acme/**; an escaped slash alone is written %2F',
    );
  }
  return { [key]: values } as { readonly [K in Key]?: readonly string[] };
}

function isPathGlob(glob: string): boolean {
  const hasDots = /\/\.{1,2}(?:\/|$)/.test(glob.replaceAll(ESCAPED_SLASH, '/'));
  return glob.startsWith('/') && !hasDots && !/[?#\\\p{Cc}]|%(?!2F)|\*\*[^/]|[^/]\*\*/u.test(glob);
}
