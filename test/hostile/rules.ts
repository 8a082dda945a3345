import type { WrittenRule } from '../../src/gateway/policy/rules.ts';

/** The policy of the table. One canary serves all hosts, at an address that the runner pins. */

export const DOMAIN = 'hostile.test';
const at = (label: string): string => `${label}.${DOMAIN}`;

export const HOSTS = {
  free: at('free'),
  limited: at('limited'),
  /** Speaks HTTP/1.1 only. */
  old: at('old'),
  wild: `a.${at('wild')}`,
  apex: at('wild'),
  pass: at('pass'),
  otherPass: at('pass-two'),
  plain: at('plain'),
  plainLimited: at('plain-limited'),
  bearer: at('bearer'),
  header: at('header'),
  query: at('query'),
  keeper: at('keeper'),
  socket: at('socket'),
  carried: at('carried'),
  unlisted: at('unlisted'),
  deniedBelowWild: `bad.${at('wild')}`,
} as const;

const limits = { methods: ['GET', 'HEAD', 'POST', 'PUT'], paths: ['/open/**', '/api/*/items'] };

/** The rules of the allow list, in order. */
export const RULES = {
  free: { host: HOSTS.free },
  limited: { host: HOSTS.limited, ...limits },
  old: { host: HOSTS.old },
  wild: { host: `*.${at('wild')}` },
  pass: { host: HOSTS.pass, tls: 'pass' },
  otherPass: { host: HOSTS.otherPass, tls: 'pass' },
  plain: { host: HOSTS.plain, scheme: 'http' },
  plainLimited: { host: HOSTS.plainLimited, scheme: 'http', ...limits },
  /** Base64 text after `api_key` looks like a key. Here the gateway must refuse only known secrets. */
  carried: { host: HOSTS.carried, dlp: { pattern: 'warn' } },
  socket: { host: HOSTS.socket, websocket: true, paths: ['/socket/**'] },
} as const satisfies Readonly<Record<string, WrittenRule>>;

/** Rules behind those, which lend an identity, each in another place of the request. */
export const LENDING = {
  bearer: { host: HOSTS.bearer, slot: { kind: 'bearer' } },
  header: { host: HOSTS.header, slot: { kind: 'header', name: 'x-api-key' } },
  query: { host: HOSTS.query, slot: { kind: 'query', name: 'lent' } },
  // Only tells the gateway a value that must not leave: no row sends to this host.
  keeper: { host: HOSTS.keeper, slot: { kind: 'bearer' } },
} as const;

export const DENIALS = {
  deniedPath: { host: HOSTS.free, paths: ['/admin/**'] },
  deniedHost: { host: HOSTS.deniedBelowWild },
  deniedMethod: { host: HOSTS.free, methods: ['DELETE'], paths: ['/keep/**'] },
} as const satisfies Readonly<Record<string, WrittenRule>>;

export type RuleName = keyof typeof RULES | keyof typeof LENDING | keyof typeof DENIALS;

/** Returns the ids of the rules as a manifest names them: by list, index and host. */
export function ruleIds(): Readonly<Record<RuleName, string>> {
  const named = (rules: object, list: string): [string, string][] =>
    Object.entries(rules as Record<string, { host: string }>).map(([name, { host }], index) => [
      name,
      `egress.${list}[${index}] ${host}`,
    ]);
  return Object.fromEntries([
    ...named({ ...RULES, ...LENDING }, 'allow'),
    ...named(DENIALS, 'deny'),
  ]) as Record<RuleName, string>;
}

/** The secret that the gateway lends, and the secret that must not leave. Both are worthless outside this test. */
export const LENT_SECRET = 'lent-Vq8mZ2xKp4Rt7Lw9Ns3Yb6Hd';
export const PROTECTED_SECRET = 'Tq7vXe2ZrWm9Kc4Lp8Jd6Sy3Gh5Bn';

/** Returns the name of the secret that a lending rule uses. */
export const secretOf = (name: string): string => (name === 'keeper' ? 'kept' : 'lent');
