import { MULTICAST_GROUPS, type Canary } from './canary.ts';
import { CONTROLS, type Attempt } from './attempts.ts';
import type { HostView } from './host-view.ts';
import { makeNonce } from './nonce.ts';

/** The names of the policy; `.test` never leads anywhere (RFC 6761), so only a pinned address is ever dialled. */
export const NAMES = {
  /** Allowed for HTTP, pinned to the canary. */
  http: 'canary.bot-bottle.test',
  /** Allowed for TLS, pinned to the canary. */
  tls: 'tls-canary.bot-bottle.test',
  /** Not allowed. */
  other: 'elsewhere.bot-bottle.test',
} as const;

/** How long one attempt may take; a refusal takes milliseconds, a silent drop takes all of it. */
const DEADLINE_MS = 1_500;

/** What the attack program is told: the fields that assets/demo reads. */
export interface Targets {
  /** The nonce of each attempt to make. */
  readonly attempts: Readonly<Record<string, string>>;
  readonly controls: Readonly<Record<string, string>>;
  readonly deadlineMs: number;
  readonly port: number;
  readonly abstractName: string;
  readonly socketPath: string;
  readonly names: Readonly<Record<'http' | 'tls' | 'other' | 'own', string>>;
  readonly addresses: Pick<HostView, 'ip4' | 'ip6' | 'linkLocal' | 'broadcast'>;
  readonly links: readonly string[];
  readonly groups: { readonly udp4: readonly string[]; readonly udp6: readonly string[] };
  /** Places of the host, and a process of it. */
  readonly lootPath: string;
  readonly writePath: string;
  readonly tmpPath: string;
  readonly killPid: number;
}

/** Where on the host the attempts are to have their effect. */
export type Places = Pick<Targets, 'socketPath' | 'lootPath' | 'writePath' | 'tmpPath' | 'killPid'>;

/** The targets of one run, with new nonces. */
export function aimAt(
  attempts: readonly Attempt[],
  host: HostView,
  { canary, places }: { readonly canary: Canary; readonly places: Places },
): Targets {
  return {
    attempts: Object.fromEntries(attempts.map(({ id }) => [id, makeNonce()])),
    controls: Object.fromEntries(CONTROLS.map(({ id }) => [id, makeNonce()])),
    deadlineMs: DEADLINE_MS,
    port: canary.port,
    abstractName: canary.abstractName,
    names: { ...NAMES, own: host.ownName },
    addresses: {
      ip4: host.ip4,
      ip6: host.ip6,
      linkLocal: host.linkLocal,
      broadcast: host.broadcast,
    },
    links: host.links,
    groups: MULTICAST_GROUPS,
    ...places,
  };
}
