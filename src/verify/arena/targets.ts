import { MULTICAST_GROUPS, NAMING_GROUPS, type Canary } from './canary.ts';
import type { HostView } from './host-view.ts';

/** The names of the policy; `.test` never leads anywhere (RFC 6761), so only a pinned address is ever dialled. */
export const NAMES = {
  /** Allowed for HTTP, pinned to the canary. */
  http: 'canary.bot-bottle.test',
  /** Allowed for TLS, pinned to the canary. */
  tls: 'tls-canary.bot-bottle.test',
  /** Any name of this suffix is allowed, for TLS, and leads to the canary: what the gateway's log has of it was asked by DNS. */
  asked: 'asked.bot-bottle.test',
  /** Allowed for HTTP with GET and below `/allowed` only, pinned to the canary. */
  limited: 'limited.bot-bottle.test',
  /** Any name of this suffix is allowed for HTTP, and leads to the canary; it itself is not. */
  wild: 'wild.bot-bottle.test',
  /** But this one is denied. */
  denied: 'denied.wild.bot-bottle.test',
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

interface Groups {
  readonly udp4: readonly string[];
  readonly udp6: readonly string[];
}

/** What the attack program is told: the fields that assets/verify reads. */
export interface Targets extends Nonces {
  readonly deadlineMs: number;
  readonly port: number;
  /** The canary listens there too, and no rule has it. */
  readonly otherPort: number;
  readonly abstractName: string;
  readonly socketPath: string;
  readonly names: Readonly<Record<keyof typeof NAMES | 'own', string>>;
  readonly addresses: Pick<HostView, 'ip4' | 'ip6' | 'linkLocal' | 'broadcast'>;
  readonly links: readonly string[];
  readonly groups: Groups;
  /** Where names are asked for without a server. */
  readonly namingGroups: Groups;
  /** Places of the host, and a process of it. */
  readonly lootPath: string;
  readonly writePath: string;
  readonly tmpPath: string;
  readonly killPid: number;
  /** Another one, which stays. */
  readonly bystanderPid: number;
}

/** Where on the host the attempts are to have their effect. */
export type Places = Pick<
  Targets,
  'socketPath' | 'lootPath' | 'writePath' | 'tmpPath' | 'killPid' | 'bystanderPid'
>;

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
    otherPort: canary.otherPort,
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
    namingGroups: NAMING_GROUPS,
    ...places,
  };
}
