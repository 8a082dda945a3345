import type { Traits } from '../../drivers/driver.ts';
import type { Targets } from '../arena/targets.ts';
import type { LeakName, LeakPlace, Undoing } from './leaks/kinds.ts';

/**
 * A probe is an attack from inside a bottle: its claim, its action, and how the host detects success. A probe is one
 * record: `run` belongs to the program in the bottle (src/verify/guest), the rest to the host.
 */

/** The subjects of probes. */
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
  leaks: 'secrets sent to allowed hosts',
  life: 'life of a bottle',
} as const;
export type FamilyName = keyof typeof FAMILIES;

/**
 * What a host must have, so that a probe can succeed in the open at all: a kind of address, a program, an optional part
 * of the kernel, or a fact to find out. `capture`: the user may capture packets; `beyond`: there are listeners beyond
 * the host.
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

/** The users that make attempts in the bottle. */
export const USERS = ['agent', 'root'] as const;
export type User = (typeof USERS)[number];

/** How the host detects that an attempt succeeded. */
export type Oracle =
  /** A listener outside heard the probe's nonce, or a capture of this host's packets did. */
  | { readonly kind: 'canary' }
  /** The sibling bottle or its gateway heard the probe's nonce, or a capture on its network did. */
  | { readonly kind: 'sibling' }
  /** A listener heard a word that is only on the host, or the program printed it. */
  | { readonly kind: 'loot'; readonly of: LootName }
  /** The attacker's host received the secret, readable in this place with these steps undone. */
  | {
      readonly kind: 'leak';
      readonly of: LeakName;
      readonly in: LeakPlace;
      readonly undo: readonly Undoing[];
    }
  /** The program printed a fact that only the host can know, and that the arena did not create. */
  | { readonly kind: 'known'; readonly of: KnownName }
  /** The program signed its nonce with the key of the bottle's own authority. */
  | { readonly kind: 'signed' }
  /** A file on the host contains the nonce, or has it in its name. */
  | { readonly kind: 'file' }
  /** A program of the host was touched: its modification time changed. */
  | { readonly kind: 'touched' }
  /** A process of the host ended. */
  | { readonly kind: 'kill' }
  /** The bottle uses more of something than its limit, as the kernel shows outside. */
  | { readonly kind: 'exceeds'; readonly of: Measure }
  /** The host's /proc shows what the process with the nonce achieved. `control`: the control's sign, if it differs. */
  | { readonly kind: 'process'; readonly sign: Sign; readonly control?: Sign }
  /** The gateway's log shows that it allowed one of these, at the arena's port, which no user's rule names. */
  | { readonly kind: 'allowed'; readonly hosts: readonly string[] }
  /**
   * Our own verbs brought something into the project, ran it on the host, or showed it on the user's terminal; `at`:
   * its paths in a corner, if not `files/ID`.
   */
  | {
      readonly kind: 'verbs';
      readonly sees: 'ran' | 'came' | 'misplaced' | 'shown';
      readonly at?: readonly string[];
    }
  /** Heard, running or left after the bottle or its gateway ended; `granted`: heard, or allowed by the next gateway. */
  | { readonly kind: 'end'; readonly sees: 'heard' | 'granted' | 'process' | 'left' };

/** When the host checks for success: during the attack, while our verbs use what it left, or after the bottle's end. */
export type Stage = 'attack' | 'verbs' | 'end';

/** Returns the stage of a probe. */
export const stageOf = ({ oracle: { kind } }: Pick<Probe, 'oracle'>): Stage =>
  kind === 'verbs' || kind === 'end' ? kind : 'attack';

/**
 * When an attempt is made, if not with the others: after the bottle's gateway was killed; in the next bottle of the
 * same name, if it ends a bottle or disturbs others; there, while the launcher is killed; or in two parts, of which the
 * first leaves something or uses a grant, and the second tries it in the next bottle.
 */
export type When = 'gatewayKilled' | 'inNext' | 'launcherKilled' | 'inTwoParts';

/** Returns the ids of the probes made at these times. */
export const idsMade = (probes: readonly Pick<Probe, 'id' | 'when'>[], ...whens: readonly When[]): string[] =>
  probes.flatMap(({ id, when }) => (when !== undefined && whens.includes(when) ? [id] : []));

/** A sign to find in a process, as src/verify/processes/process-signs.ts defines. `of`: a value to find. */
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

/**
 * What a bottle uses of the host, and what its readers use: `processBound` is the limit in force, `processMemory` the
 * memory of its largest process.
 */
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

/** Loot that lies in a separate file on the host. */
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

/** Files in which tools keep credentials. */
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

/** The gateway lends `secret` to one host; `sibling` is in the sibling bottle; all others never leave the host. */
export type LootName =
  | FileLoot
  | 'environment'
  | 'procEnviron'
  | 'procCmdline'
  | 'memory'
  | 'secret'
  | 'sibling';

/** Facts that a host knows about itself: kernel addresses, bytes of its disk, the version of its container engines. */
export type KnownName = 'engine' | 'kcore' | 'kallsyms' | 'iomem' | 'modules' | 'firmware' | 'disk';

/**
 * How the control of a probe is observed. A control is the same code in the same bottle, aimed at an allowed target,
 * where it must succeed. The canary, the gateway's log or the host's /proc shows it, or, for controls inside the
 * bottle, the program itself. `metered`: the program, and the bottle's usage was measured; `back`: the diff, and the
 * project after an apply; `shown`: the user's terminal; `read`: the host that received a similar word that is not
 * secret; `beyond`: the listeners beyond the host; `sibling`: made in the sibling bottle, which reaches itself.
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

/** An action in the bottle with this nonce. Its error is reported, but never judged. */
export type Attempt = (targets: Targets, nonce: string) => Promise<unknown> | void;

/** The action of a probe in the bottle. The host never calls it. */
export interface Run {
  readonly attack: Attempt;
  /** The same code, aimed at an allowed target. */
  readonly control: Attempt;
  /** The deadline, if it differs from the usual one. */
  readonly deadlineMs?: number;
  /**
   * The attack may get no answer although it was made, as with dropped packets. Without this, a missing answer means
   * that it may not have been made.
   */
  readonly meetsSilence?: true;
  /** May end the program or the whole bottle: runs last, directly after its control. */
  readonly last?: true;
  /** Blocks the program meanwhile, so it runs alone. */
  readonly alone?: true;
  /** Mostly waits, and limits its own concurrency. */
  readonly queued?: true;
}

export interface Probe {
  /** Lower case and dashes. */
  readonly id: string;
  readonly family: FamilyName;
  /** What must hold, in one plain sentence. */
  readonly claim: string;
  /** The attack from an agent's view; fits into a line of a table. */
  readonly attack: string;
  /** The users that attack; both by default. */
  readonly users?: readonly User[];
  readonly needs?: Need;
  /** The probe is meaningful only if the bottle shares the host's kernel. By default it always is. */
  readonly means?: 'sharedKernel';
  /** Why it cannot succeed in the open on an ordinary host. */
  readonly closedInTheOpen?: string;
  /** With all others by default. */
  readonly when?: When;
  /** Applies only if limits are enforced in this way. */
  readonly limits?: Traits['limits'];
  readonly oracle: Oracle;
  readonly control: Control;
  readonly run: Run;
  /** What an attacker gains by success. */
  readonly breach: string;
  /** A description of the attack: an advisory, an issue, a paper, a man page. */
  readonly source: string;
}
