import type { AuditLine } from '../gateway/config.ts';
import { PROBES } from '../verify/probes/index.ts';
import type { Probe } from '../verify/probes/probe.ts';

/** Lists the probes that the demo shows, and the controls that must succeed. */

/** In the order of the table. */
const SHOWN = [
  'tcp-host',
  'tcp-loopback',
  'tcp-ipv6',
  'tcp-link-local',
  'udp-host',
  'udp-ipv6',
  'udp-link-local',
  'udp-broadcast',
  'udp-multicast',
  'udp-multicast-ipv6',
  'udp-bound-device',
  'dns-elsewhere',
  'connect-name',
  'connect-address',
  'connect-ipv6',
  'connect-spelling',
  'http-address',
  'own-name',
  'host-mismatch',
  'sni-mismatch',
  'not-tls',
  'unix-abstract',
  'unix-file',
  'read-file',
  'environment',
  'proc-environ',
  'proc-cmdline',
  'write-file',
  'write-tmp',
  'kill',
] as const;

/** The probes that the demo shows: each is easy to understand, and succeeds in the open. */
export const ATTEMPTS: readonly Probe[] = SHOWN.flatMap(
  (id) => PROBES.find((probe) => probe.id === id) ?? [],
);

/** An action that must succeed in the bottle, so that the silence of the attempts means something. */
export interface Control {
  readonly id: string;
  readonly claim: string;
  /**
   * Who confirms it besides the program: the canary, or the gateway's log with an allowed request by one of these ways.
   */
  readonly witness: 'canary' | readonly AuditLine['via'][] | undefined;
}

export const CONTROLS: readonly Control[] = [
  { id: 'git', claim: 'git init', witness: undefined },
  { id: 'npm-proxy', claim: 'npm install is-number, by the proxy variables', witness: ['connect', 'proxy'] },
  { id: 'run', claim: 'run what was installed', witness: undefined },
  { id: 'npm-plain', claim: 'npm install is-number, without the proxy variables', witness: ['tls', 'http'] },
  { id: 'http-before', claim: 'allowed HTTP, before the attempts', witness: 'canary' },
  { id: 'tls-before', claim: 'allowed TLS, before the attempts', witness: 'canary' },
  { id: 'http-after', claim: 'allowed HTTP, after the attempts', witness: 'canary' },
  { id: 'tls-after', claim: 'allowed TLS, after the attempts', witness: 'canary' },
];
