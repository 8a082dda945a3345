import type { Resources } from '../../drivers/driver.ts';
import { innocentOf } from '../leaks/words.ts';
import type { LeakName } from '../probes/leaks/kinds.ts';
import type { FileLoot } from '../probes/probe.ts';
import type { Side } from './arena.ts';
import type { BeyondAddresses } from './beyond/beyond.ts';
import { MULTICAST_GROUPS, NAMING_GROUPS } from './listeners/canary.ts';
import { engineSockets } from './known.ts';
import type { HostView } from './host-view.ts';

/** The domain of all names below. */
export const OWN_DOMAIN = 'bot-bottle.test';

/** The names of the policy. `.test` never resolves (RFC 6761), so only pinned addresses are ever dialled. */
export const ARENA_NAMES = {
  /** Allowed for HTTP, pinned to the canary. */
  http: 'canary.bot-bottle.test',
  /** Allowed for TLS, pinned to the canary. */
  tls: 'tls-canary.bot-bottle.test',
  /**
   * Any name under it is allowed for TLS and leads to the canary; it shows which names the gateway's log received by
   * DNS.
   */
  asked: 'asked.bot-bottle.test',
  /** Allowed for HTTP with GET and below `/allowed` only, pinned to the canary. */
  limited: 'limited.bot-bottle.test',
  /** Any name under it is allowed for HTTP and leads to the canary; the name itself is not allowed. */
  wild: 'wild.bot-bottle.test',
  /** An exception to it: denied. */
  denied: 'denied.wild.bot-bottle.test',
  /**
   * `lends` is allowed with an identity that the gateway lends; `opened` is allowed without one, with TLS opened. Both
   * lead to the lender.
   */
  lends: 'lends.bot-bottle.test',
  opened: 'opened.bot-bottle.test',
  /**
   * The name and all under it are allowed, opened and inspected; they lead to the collector, which is an attacker's.
   */
  looked: 'looked.bot-bottle.test',
  /** Allowed for HTTP, pinned to the listener beyond this host, if there is one. */
  beyond: 'beyond.bot-bottle.test',
  /**
   * The name and all under it are allowed for HTTP and lead to the canary, but only in a bottle with no predecessor of
   * its name.
   */
  formerly: 'formerly.bot-bottle.test',
  /** Not allowed. */
  other: 'elsewhere.bot-bottle.test',
} as const;

/**
 * Addresses reserved for documentation (RFC 5737, RFC 3849): routes lead away from here, to nobody. A capture hears
 * packets to them.
 */
const NOBODY: BeyondAddresses = { ip4: '198.51.100.1', ip6: '2001:db8::1' };

/**
 * Returns the target addresses beyond this host: the listeners' and, if there is a capture, documentation addresses for
 * families without a listener. Pure.
 */
export const beyondFor = ({
  beyond,
  captures,
}: Pick<HostView, 'beyond' | 'captures'>): Pick<Targets, 'beyond'> =>
  captures ? { beyond: { ...NOBODY, ...beyond.at } } : beyond.at === undefined ? {} : { beyond: beyond.at };

/**
 * Timeout of an attempt that may get no answer, in milliseconds: a refusal takes milliseconds, a silent drop takes all
 * of it.
 */
const DEADLINE_MS = 1_500;

/** The nonces of one run, by probe id. */
export interface Nonces {
  /** Nonces of the attempts. */
  readonly attempts: Readonly<Record<string, string>>;
  /** Nonces of the controls, which must get through. */
  readonly controls: Readonly<Record<string, string>>;
}

interface Groups {
  readonly udp4: readonly string[];
  readonly udp6: readonly string[];
}

/** The input of the attack program: the fields that src/verify/guest reads. */
export interface Targets extends Nonces {
  readonly deadlineMs: number;
  readonly port: number;
  /** The canary listens there too, but no rule allows it. */
  readonly otherPort: number;
  readonly abstractName: string;
  readonly socketPath: string;
  readonly names: Readonly<Record<keyof typeof ARENA_NAMES | 'own', string>>;
  readonly addresses: Pick<HostView, 'ip4' | 'ip6' | 'linkLocal' | 'broadcast'>;
  readonly links: readonly string[];
  readonly groups: Groups;
  /** Multicast groups of name resolution without a server. */
  readonly namingGroups: Groups;
  /** The port of the lender. */
  readonly lenderPort: number;
  /** The ports of the collector: for TLS, and for plain HTTP. */
  readonly collectorPort: number;
  readonly collectorPlainPort: number;
  /** Harmless words that replace secrets where similar data must arrive. */
  readonly innocent: Readonly<Record<LeakName, string>>;
  /** Paths on the host, and one of its processes. */
  readonly lootPath: string;
  readonly lootPaths: Readonly<Record<FileLoot, string>>;
  readonly writePath: string;
  readonly tmpPath: string;
  readonly writePaths: Readonly<Record<WritePlace, string>>;
  /** A folder that everybody may write to. */
  readonly dropDir: string;
  /** Names in system folders where no file exists. */
  readonly systemPaths: readonly string[];
  /** Possible paths of the host's engine sockets. */
  readonly engineSockets: readonly string[];
  /** A program of the host that is running. */
  readonly exePath: string;
  /** Sockets that variables of the launcher's environment name. */
  readonly sockets: Readonly<Record<SocketVariable, string>>;
  readonly killPid: number;
  /** Another process, which no attempt kills. */
  readonly bystanderPid: number;
  /** The limits of the bottle. */
  readonly limits?: Resources;
  /** A folder beside the project that contains a file. */
  readonly outsideDir: string;
  /** This user's corner of the workspace. */
  readonly workDir?: string;
  /**
   * Addresses beyond this host, with listeners or, under a capture, without. Programs in the open get only those with
   * listeners: other packets would leave this machine.
   */
  readonly beyond?: BeyondAddresses;
  /** The sibling bottle, if one runs. */
  readonly sibling?: SiblingTargets;
  /** In this bottle, attempts search for what the previous one left. */
  readonly isNext?: boolean;
  /** The URL of the previous bottle's gateway, as that bottle named it. */
  readonly formerProxy?: string;
}

/** How to reach the sibling bottle, as it reports itself. */
export interface SiblingTargets {
  /** The port for TCP and UDP. */
  readonly port: number;
  /** Its addresses, on all its interfaces. */
  readonly addresses: readonly string[];
  /** The URL of its gateway. */
  readonly proxy: string;
  /** The name of its abstract Unix socket, and of files in these folders. */
  readonly name: string;
  readonly places: readonly string[];
}

/** Files of the host that every user may write, or create if absent; one for each attempt. */
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

/** Variables through which programs find services of the user's session. */
export const SOCKET_VARIABLES = [
  'SSH_AUTH_SOCK',
  'DBUS_SESSION_BUS_ADDRESS',
  'WAYLAND_DISPLAY',
  'TMUX',
  'VSCODE_IPC_HOOK_CLI',
] as const;
export type SocketVariable = (typeof SOCKET_VARIABLES)[number];

/** Where attempts are meant to have effects on the host. */
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

/** Returns the targets of one run. */
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
