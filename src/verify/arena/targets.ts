import type { Resources } from '../../drivers/driver.ts';
import { innocentOf } from '../leaks/words.ts';
import type { LeakName } from '../probes/leaks/kinds.ts';
import type { FileLoot } from '../probes/probe.ts';
import type { Side } from './arena.ts';
import type { BeyondAddresses } from './beyond/beyond.ts';
import { MULTICAST_GROUPS, NAMING_GROUPS } from './listeners/canary.ts';
import { engineSockets } from './engines.ts';
import type { HostView } from './host-view.ts';

/** All of them are below this one. */
export const OWN_DOMAIN = 'bot-bottle.test';

/** The names of the policy; `.test` never leads anywhere (RFC 6761), so only a pinned address is ever dialled. */
export const ARENA_NAMES = {
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
  /** Allowed, with an identity that the gateway lends; and allowed, opened, without one. Both are the lender's. */
  lends: 'lends.bot-bottle.test',
  opened: 'opened.bot-bottle.test',
  /** It and any name of this suffix are allowed, opened and looked at; they lead to the collector, which is an attacker's. */
  looked: 'looked.bot-bottle.test',
  /** Allowed for HTTP, pinned to the listener beyond this host, where one is. */
  beyond: 'beyond.bot-bottle.test',
  /** It and any name of this suffix are allowed for HTTP, and lead to the canary, in a bottle that has none of its name before it. */
  formerly: 'formerly.bot-bottle.test',
  /** Not allowed. */
  other: 'elsewhere.bot-bottle.test',
} as const;

/** Kept for documents (RFC 5737, RFC 3849): who routes it, routes it away from here, and nobody is there. A capture hears what goes there. */
const NOBODY: BeyondAddresses = { ip4: '198.51.100.1', ip6: '2001:db8::1' };

/** What a bottle is aimed at beyond this host: who listens there and, of a family that nobody listens by, nobody where a capture looks. Pure. */
export const beyondFor = ({
  beyond,
  captures,
}: Pick<HostView, 'beyond' | 'captures'>): Pick<Targets, 'beyond'> =>
  captures ? { beyond: { ...NOBODY, ...beyond.at } } : beyond.at === undefined ? {} : { beyond: beyond.at };

/** How long an attempt waits that may meet silence: a refusal takes milliseconds, a silent drop takes all of it. */
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

/** What the attack program is told: the fields that src/verify/guest reads. */
export interface Targets extends Nonces {
  readonly deadlineMs: number;
  readonly port: number;
  /** The canary listens there too, and no rule has it. */
  readonly otherPort: number;
  readonly abstractName: string;
  readonly socketPath: string;
  readonly names: Readonly<Record<keyof typeof ARENA_NAMES | 'own', string>>;
  readonly addresses: Pick<HostView, 'ip4' | 'ip6' | 'linkLocal' | 'broadcast'>;
  readonly links: readonly string[];
  readonly groups: Groups;
  /** Where names are asked for without a server. */
  readonly namingGroups: Groups;
  /** Where the lender listens. */
  readonly lenderPort: number;
  /** Where the collector listens: for TLS, and for plain HTTP. */
  readonly collectorPort: number;
  readonly collectorPlainPort: number;
  /** What takes the place of a secret where something like it is to arrive. */
  readonly innocent: Readonly<Record<LeakName, string>>;
  /** Places of the host, and a process of it. */
  readonly lootPath: string;
  readonly lootPaths: Readonly<Record<FileLoot, string>>;
  readonly writePath: string;
  readonly tmpPath: string;
  readonly writePaths: Readonly<Record<WritePlace, string>>;
  /** A folder that anybody may write to. */
  readonly dropDir: string;
  /** Names in the folders of the system; nothing is there. */
  readonly systemPaths: readonly string[];
  /** Where the engines of the host may have their sockets. */
  readonly engineSockets: readonly string[];
  /** A program of the host that runs. */
  readonly exePath: string;
  /** Sockets that variables of the launcher's environment name. */
  readonly sockets: Readonly<Record<SocketVariable, string>>;
  readonly killPid: number;
  /** Another one, which stays. */
  readonly bystanderPid: number;
  /** What the bottle may have. */
  readonly limits?: Resources;
  /** A folder beside the project, with a file in it. */
  readonly outsideDir: string;
  /** The corner of the workspace that is this user's. */
  readonly workDir?: string;
  /** Away from here, where somebody listens; or nobody, which a plain program is not told: its packets would leave this machine. */
  readonly beyond?: BeyondAddresses;
  /** The bottle beside, where one runs. */
  readonly sibling?: SiblingTargets;
  /** In this bottle it is looked for what the one before left. */
  readonly isNext?: boolean;
  /** The URL of the gateway that the one before had, as that one named it. */
  readonly formerProxy?: string;
}

/** Where the bottle beside can be found, by its own word. */
export interface SiblingTargets {
  /** By TCP and UDP. */
  readonly port: number;
  /** Its own, of every interface that it has. */
  readonly addresses: readonly string[];
  /** The URL of its gateway. */
  readonly proxy: string;
  /** Of its abstract Unix socket, and of files in these folders. */
  readonly name: string;
  readonly places: readonly string[];
}

/** Files of the host that every user may write, or make where they are not, each for one attempt. */
export const WRITE_PLACES = [
  'procRoot',
  'otherRoot',
  'workspaceLink',
  'hardLink',
  'climb',
  'madeLink',
  'held',
  'renamed',
  'absent',
  'present',
  'setuid',
] as const;
export type WritePlace = (typeof WRITE_PLACES)[number];

/** Variables by which programs find services of the user's session. */
export const SOCKET_VARIABLES = [
  'SSH_AUTH_SOCK',
  'DBUS_SESSION_BUS_ADDRESS',
  'WAYLAND_DISPLAY',
  'TMUX',
  'VSCODE_IPC_HOOK_CLI',
] as const;
export type SocketVariable = (typeof SOCKET_VARIABLES)[number];

/** Where on the host the attempts are to have their effect. */
export type Places = Pick<
  Targets,
  | 'socketPath'
  | 'lootPath'
  | 'lootPaths'
  | 'writePath'
  | 'tmpPath'
  | 'writePaths'
  | 'dropDir'
  | 'systemPaths'
  | 'exePath'
  | 'sockets'
  | 'killPid'
  | 'bystanderPid'
  | 'outsideDir'
>;

type AimedAt = 'canary' | 'lender' | 'collector' | 'leakWords' | 'places';

/** The targets of one run. */
export function aimAt(
  nonces: Nonces,
  host: HostView,
  { canary, lender, collector, leakWords, places }: Pick<Side, AimedAt>,
): Targets {
  return {
    ...nonces,
    deadlineMs: DEADLINE_MS,
    port: canary.port,
    otherPort: canary.otherPort,
    abstractName: canary.abstractName,
    names: { ...ARENA_NAMES, own: host.ownName },
    addresses: {
      ip4: host.ip4,
      ip6: host.ip6,
      linkLocal: host.linkLocal,
      broadcast: host.broadcast,
    },
    links: host.links,
    groups: MULTICAST_GROUPS,
    namingGroups: NAMING_GROUPS,
    lenderPort: lender.port,
    collectorPort: collector.port,
    collectorPlainPort: collector.plainPort,
    innocent: innocentOf(leakWords),
    engineSockets: engineSockets(),
    ...(host.beyond.at === undefined ? {} : { beyond: host.beyond.at }),
    ...places,
  };
}
