import type { AuditLine } from '../gateway/config.ts';
import { PROBES } from '../verify/probes/index.ts';
import type { Probe } from '../verify/probes/probe.ts';

/** What the demo shows of the probes that there are, and what it has go through. */

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

/** The attempts to get out that the demo shows: each can be understood at a glance, and succeeds in the open. */
export const ATTEMPTS: readonly Probe[] = SHOWN.flatMap(
  (id) => PROBES.find((probe) => probe.id === id) ?? [],
);

/** What must go through in the bottle, so that silence means something. */
export interface Control {
  readonly id: string;
  readonly claim: string;
  /** Who says so besides the program itself: the canary, or the gateway's log with an allowed request by one of these ways. */
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
