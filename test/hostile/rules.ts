import type { WrittenRule } from '../../src/gateway/policy/rules.ts';

/** The policy that the table is about. All hosts are one canary, at an address that the runner pins. */

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

/** Of the allow list, in its order. */
export const RULES = {
  free: { host: HOSTS.free },
  limited: { host: HOSTS.limited, ...limits },
  old: { host: HOSTS.old },
  wild: { host: `*.${at('wild')}` },
  pass: { host: HOSTS.pass, tls: 'pass' },
  otherPass: { host: HOSTS.otherPass, tls: 'pass' },
  plain: { host: HOSTS.plain, scheme: 'http' },
  plainLimited: { host: HOSTS.plainLimited, scheme: 'http', ...limits },
  /** A text in base64 behind `api_key` looks like a key: only what is known to be secret is refused here. */
  carried: { host: HOSTS.carried, dlp: { pattern: 'warn' } },
  socket: { host: HOSTS.socket, websocket: true, paths: ['/socket/**'] },
} as const satisfies Readonly<Record<string, WrittenRule>>;

/** Behind them: rules that lend an identity, each in another place. */
export const LENDING = {
  bearer: { host: HOSTS.bearer, slot: { kind: 'bearer' } },
  header: { host: HOSTS.header, slot: { kind: 'header', name: 'x-api-key' } },
  query: { host: HOSTS.query, slot: { kind: 'query', name: 'lent' } },
  // Only so that the gateway knows of a value that must not leave: nothing is sent there.
  keeper: { host: HOSTS.keeper, slot: { kind: 'bearer' } },
} as const;

export const DENIALS = {
  deniedPath: { host: HOSTS.free, paths: ['/admin/**'] },
  deniedHost: { host: HOSTS.deniedBelowWild },
  deniedMethod: { host: HOSTS.free, methods: ['DELETE'], paths: ['/keep/**'] },
} as const satisfies Readonly<Record<string, WrittenRule>>;

export type RuleName = keyof typeof RULES | keyof typeof LENDING | keyof typeof DENIALS;

/** As a manifest names rules: by list, place and host. */
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

/** What the gateway lends, and what it must not let out. Worth nothing anywhere. */
export const LENT_SECRET = 'lent-Vq8mZ2xKp4Rt7Lw9Ns3Yb6Hd';
export const PROTECTED_SECRET = 'Tq7vXe2ZrWm9Kc4Lp8Jd6Sy3Gh5Bn';

/** The secret of a lending rule. */
export const secretOf = (name: string): string => (name === 'keeper' ? 'kept' : 'lent');
