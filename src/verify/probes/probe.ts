import type { Traits } from '../../drivers/driver.ts';
import type { Targets } from '../arena/targets.ts';
import type { LeakName, LeakPlace, Undoing } from './leaks/kinds.ts';

/**
 * A probe is an attack from inside a bottle: what it claims, what it does there, and who says whether it got through. It is
 * one record. `run` is for the program that goes into the bottle (src/verify/guest); the rest is for the host.
 */

/** What the probes are about; the letters are those of the published cases that they come from. */
export const FAMILIES = {
  names: 'names and how they are read',
  ways: 'ways round the gateway',
  dns: 'DNS',
  hosts: 'abuse of allowed hosts',
  credentials: 'credentials',
  files: 'files of the host',
  git: 'git on the host',
  config: 'configuration that tools obey',
  limits: 'limits',
  kernel: "the host's kernel",
  terminal: 'the terminal',
  leaks: 'what leaves by allowed ways',
  life: 'life of a bottle',
} as const;
export type FamilyName = keyof typeof FAMILIES;

/**
 * What a host must have for a probe to succeed on it in the open at all: addresses of a kind, a program, a part of the kernel
 * that not every one is built with, something to find out; `capture`: whoever looks may look at its packets; `beyond`: somebody
 * listens beyond it.
 */
export type Need =
  | 'ip4'
  | 'ip6'
  | 'linkLocal'
  | 'broadcast'
  | 'perl'
  | 'x64'
  | 'x32'
  | 'sysrq'
  | 'tracing'
  | 'loadable'
  | 'git'
  | 'script'
  | 'capture'
  | 'beyond'
  | KnownName;

/** Who makes the attempt in the bottle. */
export const USERS = ['agent', 'root'] as const;
export type User = (typeof USERS)[number];

/** How the success of an attempt is seen from outside. */
export type Oracle =
  /** A listener of ours outside heard the probe's nonce, or a capture of this host's packets did. */
  | { readonly kind: 'canary' }
  /** The bottle beside, or its gateway, heard the probe's nonce, or a capture did on its network. */
  | { readonly kind: 'sibling' }
  /** A word that lies on the host only was heard by a listener, or said by the program. */
  | { readonly kind: 'loot'; readonly of: LootName }
  /** The host that was sent it reads it out of what came there, as the attacker who owns it would: in this place, undone so. */
  | {
      readonly kind: 'leak';
      readonly of: LeakName;
      readonly in: LeakPlace;
      readonly undo: readonly Undoing[];
    }
  /** The program says what only the host can know: nothing that was laid out, but its own. */
  | { readonly kind: 'known'; readonly of: KnownName }
  /** The program has signed its nonce with the key of the bottle's own authority. */
  | { readonly kind: 'signed' }
  /** A file on the host has the nonce in it, or in its name. */
  | { readonly kind: 'file' }
  /** A program of the host has been touched: it has another time of change than before. */
  | { readonly kind: 'touched' }
  /** A process of the host has ended. */
  | { readonly kind: 'kill' }
  /** The bottle has more of something than it may, as the kernel tells outside. */
  | { readonly kind: 'exceeds'; readonly of: Measure }
  /** The host's own /proc shows what the process that carries the nonce has become. `control`: where the sign's own is not meant. */
  | { readonly kind: 'process'; readonly sign: Sign; readonly control?: Sign }
  /** The gateway's log says that it allowed one of these, at the port of the arena, which no rule of a user's names. */
  | { readonly kind: 'allowed'; readonly hosts: readonly string[] }
  /** What our own verbs brought into the project, ran on the host or put on the user's terminal; `at`: where in a corner it would be, if not in `files/ID`. */
  | {
      readonly kind: 'verbs';
      readonly sees: 'ran' | 'came' | 'misplaced' | 'shown';
      readonly at?: readonly string[];
    }
  /** What is heard, runs or lies there when the bottle, or its gateway, should be no more; `granted`: heard, or allowed by the next one's gateway. */
  | { readonly kind: 'end'; readonly sees: 'heard' | 'granted' | 'process' | 'left' };

/** When success is looked for: while the program attacks, when our own verbs work on what it left, or after the bottle's end. */
export type Stage = 'attack' | 'verbs' | 'end';

/** The stage of a probe. */
export const stageOf = ({ oracle: { kind } }: Pick<Probe, 'oracle'>): Stage =>
  kind === 'verbs' || kind === 'end' ? kind : 'attack';

/**
 * When an attempt is made that is not made with the others: once the gateway of its bottle has been killed; in the next bottle of
 * the name, where it ends a bottle or hinders others; there, while its launcher is killed; or in two parts, of which the first
 * leaves something, or does it by right, and the second looks for it in the next bottle.
 */
export type When = 'gatewayKilled' | 'inNext' | 'launcherKilled' | 'inTwoParts';

/** The ids of the probes that are made then. */
export const idsMade = (probes: readonly Pick<Probe, 'id' | 'when'>[], ...whens: readonly When[]): string[] =>
  probes.flatMap(({ id, when }) => (when !== undefined && whens.includes(when) ? [id] : []));

/** What is to be seen of a process; src/verify/processes/process-signs.ts knows how. `of`: which of its kind. */
export interface Sign {
  readonly is: SignName;
  readonly of?: string;
}

export const SIGN_NAMES = [
  'descriptor',
  'found',
  'device',
  'nullDevice',
  'setting',
  'ownSetting',
  'kernelFile',
  'pidfd',
  'ownPidfd',
  'taken',
  'namespace',
  'ownNamespaces',
  'program',
  'mount',
  'ownMounts',
  'root',
  'name',
  'capabilities',
  'noNewPrivs',
  'seccomp',
  'uidRoot',
  'gidRoot',
  'otherUser',
  'personality',
  'core',
  'files',
  'filesOfHost',
  'nice',
  'policy',
  'oomScore',
  'mapped',
  'socket',
  'unlistedSocket',
  'key',
  'tracer',
  'hostName',
  'inTables',
  'ownTables',
  'clockError',
  'modulesCame',
  'ownNameAndModules',
  'ownNameAndClock',
] as const;
export type SignName = (typeof SIGN_NAMES)[number];

/** What a bottle has of the host, and what its launcher needs: `processBound` is the limit in force, `processMemory` that of its greatest process. */
export type Measure =
  | 'processes'
  | 'processBound'
  | 'priority'
  | 'tmp'
  | 'home'
  | 'shm'
  | 'tmpFiles'
  | 'homeFiles'
  | 'shmFiles'
  | 'openFiles'
  | 'readerMemory'
  | 'log'
  | 'processMemory'
  | 'memory';

/** What lies in a file of its own on the host. */
export type FileLoot =
  | 'file'
  | 'tmp'
  | 'varTmp'
  | 'procRoot'
  | 'otherRoot'
  | 'cwd'
  | 'openFile'
  | 'inherited'
  | 'workspaceLink'
  | 'folderLink'
  | 'climb'
  | 'madeLink'
  | 'mounts'
  | CredentialFile;

/** Files where tools keep what opens something. */
export type CredentialFile =
  | 'sshKey'
  | 'gitCredentials'
  | 'npmrc'
  | 'netrc'
  | 'awsCredentials'
  | 'gcloudCredentials'
  | 'ghHosts'
  | 'dockerConfig'
  | 'claudeCredentials'
  | 'codexAuth';

/** `secret` is lent by the gateway to one host; `sibling` is in the bottle beside; all others go nowhere. */
export type LootName =
  | FileLoot
  | 'environment'
  | 'procEnviron'
  | 'procCmdline'
  | 'memory'
  | 'secret'
  | 'sibling';

/** What a host knows of itself: addresses of its kernel, bytes of its disk, what its container engines say. */
export type KnownName = 'engine' | 'kcore' | 'kallsyms' | 'iomem' | 'modules' | 'firmware' | 'disk';

/**
 * What shows, in the same bottle, that the probe's code works: aimed at what is allowed, it must go through. Seen by the
 * canary, in the gateway's log, in the host's /proc, or (where all of it is inside) by the program itself; `metered`: so, and what it
 * has was seen outside; `back`: in the diff, and in the project after an apply; `shown`: on the user's terminal; `read`: by the host
 * that was sent something as long and as odd, which is no secret; `beyond`: by the listeners beyond the host; `sibling`: made in the
 * bottle beside, which reaches itself.
 */
export type Control =
  | 'canary'
  | 'beyond'
  | 'read'
  | 'log'
  | 'process'
  | 'said'
  | 'metered'
  | 'back'
  | 'shown'
  | 'sibling';

/** Something done in the bottle, with this nonce. What it throws is shown as what it met, and never judged. */
export type Attempt = (targets: Targets, nonce: string) => Promise<unknown> | void;

/** What a probe does in the bottle. The host never calls it. */
export interface Run {
  readonly attack: Attempt;
  /** The same code, aimed at what is allowed. */
  readonly control: Attempt;
  /** Where it may take longer than others. */
  readonly deadlineMs?: number;
  /** What it speaks to by itself may never answer, as what is dropped never is. Whatever else is not answered may not have been made. */
  readonly meetsSilence?: true;
  /** May end the program, or the whole bottle: at the very end, each after its control. */
  readonly last?: true;
  /** Keeps the program from anything else meanwhile: one after the other. */
  readonly alone?: true;
  /** Mostly waits, and sees itself to how many do at once. */
  readonly queued?: true;
}

export interface Probe {
  /** Lower case and dashes. */
  readonly id: string;
  readonly family: FamilyName;
  /** What must hold, in one plain sentence. */
  readonly claim: string;
  /** How it is attacked, as an agent would put it; fits a line of a table. */
  readonly attack: string;
  /** Who attacks; both, where nothing is said. */
  readonly users?: readonly User[];
  readonly needs?: Need;
  /** Where it means something: only where the bottle's kernel is the host's. Everywhere, where nothing is said. */
  readonly means?: 'sharedKernel';
  /** Why it cannot succeed in the open on an ordinary host, where it cannot. */
  readonly closedInTheOpen?: string;
  /** With all others, where nothing is said. */
  readonly when?: When;
  /** Only where limits are enforced so. */
  readonly limits?: Traits['limits'];
  readonly oracle: Oracle;
  readonly control: Control;
  readonly run: Run;
  /** What an attacker has who gets through. */
  readonly breach: string;
  /** Where the attack was described: an advisory, an issue, a paper, a man page. */
  readonly source: string;
}
