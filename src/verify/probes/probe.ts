/**
 * A probe is an attack from inside a bottle. What it does is a program in assets/verify, of the same id; here is what it claims,
 * and who says whether it got through. A probe is added by a record here and a function there.
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
  life: 'life of a bottle',
} as const;
export type FamilyName = keyof typeof FAMILIES;

/** What a host must have for a probe to succeed on it in the open at all: addresses of a kind, or a program. */
export type Need = 'ip4' | 'ip6' | 'linkLocal' | 'broadcast' | 'perl' | 'git' | 'script';

/** Who makes the attempt in the bottle. */
export const USERS = ['agent', 'root'] as const;
export type User = (typeof USERS)[number];

/** How the success of an attempt is seen from outside. */
export type Oracle =
  /** A listener of ours outside heard the probe's nonce. */
  | { readonly kind: 'canary' }
  /** A word that lies on the host only was heard by a listener, or said by the program. */
  | { readonly kind: 'loot'; readonly of: LootName }
  /** A file on the host has the nonce in it. */
  | { readonly kind: 'file' }
  /** A process of the host has ended. */
  | { readonly kind: 'kill' }
  /** What our own verbs brought into the project, ran on the host or put on the user's terminal. */
  | { readonly kind: 'verbs'; readonly sees: 'ran' | 'came' | 'misplaced' | 'shown' }
  /** What is heard, runs or lies there when the bottle, or its gateway, should be no more. */
  | { readonly kind: 'end'; readonly sees: 'heard' | 'process' | 'left' };

/** When success is looked for: while the program attacks, when our own verbs work on what it left, or after the bottle's end. */
export type Stage = 'attack' | 'verbs' | 'end';

/** The stage of a probe. */
export const stageOf = ({ oracle: { kind } }: Pick<Probe, 'oracle'>): Stage =>
  kind === 'verbs' || kind === 'end' ? kind : 'attack';

export type LootName = 'file' | 'environment' | 'procEnviron' | 'procCmdline';

/**
 * What shows, in the same bottle, that the probe's code works: aimed at what is allowed, it must go through. Seen by the
 * canary, in the gateway's log, or (where all of it is inside) by the program itself; `back`: in the diff, and in the project
 * after an apply; `shown`: on the user's terminal.
 */
export type Control = 'canary' | 'log' | 'said' | 'back' | 'shown';

export interface Probe {
  /** Lower case and dashes; the same in assets/verify. */
  readonly id: string;
  readonly family: FamilyName;
  /** What must hold, in one plain sentence. */
  readonly claim: string;
  /** How it is attacked, as an agent would put it; fits a line of a table. */
  readonly attack: string;
  /** Who attacks; both, where nothing is said. */
  readonly users?: readonly User[];
  readonly needs?: Need;
  readonly oracle: Oracle;
  readonly control: Control;
  /** What an attacker has who gets through. */
  readonly breach: string;
  /** Where the attack was described: an advisory, an issue, a paper, a man page. */
  readonly source: string;
}
