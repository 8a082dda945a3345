import { MULTICAST_GROUPS, type Canary } from './canary.ts';
import type { HostView } from './host-view.ts';

/** The names of the policy; `.test` never leads anywhere (RFC 6761), so only a pinned address is ever dialled. */
export const NAMES = {
  /** Allowed for HTTP, pinned to the canary. */
  http: 'canary.bot-bottle.test',
  /** Allowed for TLS, pinned to the canary. */
  tls: 'tls-canary.bot-bottle.test',
  /** Any name of this suffix is allowed, for TLS, and leads to the canary: what the gateway's log has of it was asked by DNS. */
  asked: 'asked.bot-bottle.test',
  /** Not allowed. */
  other: 'elsewhere.bot-bottle.test',
} as const;

/** How long one attempt may take; a refusal takes milliseconds, a silent drop takes all of it. */
const DEADLINE_MS = 1_500;

/** The nonces of one run, by id. */
export interface Nonces {
  /** Of each attempt to make. */
  readonly attempts: Readonly<Record<string, string>>;
  /** Of what is to go through. */
  readonly controls: Readonly<Record<string, string>>;
}

/** What the attack program is told: the fields that assets/verify reads. */
export interface Targets extends Nonces {
  readonly deadlineMs: number;
  readonly port: number;
  readonly abstractName: string;
  readonly socketPath: string;
  readonly names: Readonly<Record<'http' | 'tls' | 'asked' | 'other' | 'own', string>>;
  readonly addresses: Pick<HostView, 'ip4' | 'ip6' | 'linkLocal' | 'broadcast'>;
  readonly links: readonly string[];
  readonly groups: { readonly udp4: readonly string[]; readonly udp6: readonly string[] };
  /** Places of the host, and a process of it. */
  readonly lootPath: string;
  readonly writePath: string;
  readonly tmpPath: string;
  readonly killPid: number;
  /** Where what the host's own programs run leaves its word. */
  readonly dropDir?: string;
  /** A folder beside the project, with a file in it. */
  readonly outsideDir?: string;
  /** The corner of the workspace that is this user's. */
  readonly workDir?: string;
  /** In this bottle it is looked for what the one before left. */
  readonly isNext?: boolean;
}

/** Where on the host the attempts are to have their effect. */
export type Places = Pick<Targets, 'socketPath' | 'lootPath' | 'writePath' | 'tmpPath' | 'killPid'> &
  Required<Pick<Targets, 'dropDir' | 'outsideDir'>>;

/** The targets of one run. */
export function aimAt(
  nonces: Nonces,
  host: HostView,
  { canary, places }: { readonly canary: Canary; readonly places: Places },
): Targets {
  return {
    ...nonces,
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
