import type { Readable, Writable } from 'node:stream';
import type { GatewayAccess } from './gateway-access.ts';
import type { Owner } from '../host/user.ts';
import type { NetworkForm, Rung } from './rung.ts';

/**
 * The seam between the launcher and what isolates. A driver turns a `BottleSpec` into a plan (pure) and carries it out.
 * What differs between rungs is stated as a trait; nobody above asks a driver or a runtime for its name.
 */

export * from './rung.ts';
export type { Owner } from '../host/user.ts';

/** The result of checking a rung. `ready` means: a tiny bottle or container was started on it and did what it should. */
export interface RungCheck {
  readonly rung: Rung;
  readonly status: 'ready' | 'installed' | 'absent';
  readonly reason: string;
  /** The exact command or setting for this host; empty when ready. */
  readonly fix: string;
  /** Why `auto` passes over it, ready or not, where another is strong enough; undefined: it does not. */
  readonly onlyIfAsked?: string | undefined;
  /** `Driver.lookKey` of the engine that was looked at, from before the look. */
  readonly lookKey?: string | undefined;
  /** Versions and readings, for the receipt and for doctor: e.g. `{ "bwrap": "0.12.0", kernel: "6.18" }`. */
  readonly evidence: Readonly<Record<string, string>>;
}

/** A folder or file of the host that shows in the bottle. */
export interface Mount {
  readonly hostPath: string;
  readonly guestPath: string;
  readonly readOnly: boolean;
  /** Not a folder but the one Unix socket that programs in the bottle are meant to connect to. */
  readonly isSocket?: boolean;
}

export interface Resources {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly pids: number;
  /** Size of /tmp and of the home folder, and the most that the agent may add to the workspace. */
  readonly diskBytes: number;
}

export type ImageSpec =
  | { readonly kind: 'default' }
  | { readonly kind: 'reference'; readonly reference: string }
  | { readonly kind: 'dockerfile'; readonly hostPath: string };

/** What bottles would be made from now, as `prepareImage` says it; or why that is not known before one is made. */
export type FoundImage = { readonly digest: string } | { readonly whyNot: string };

/** A program of the user's that is the gateway instead of bot-bottle's own: it opens its sockets itself, so it is a sidecar. */
export interface ForeignGateway {
  readonly engine: 'pipelock';
  readonly hostPath: string;
}

/** Everything a driver needs to know about one bottle. Resolved, checked, immutable; printable but for `env` values. */
export interface BottleSpec {
  /** Unique on this host, `[a-z0-9-]{1,48}`; everything made for the bottle carries it. */
  readonly id: string;
  readonly rung: Rung;
  readonly networkForm: NetworkForm;
  readonly image: ImageSpec;
  readonly resources: Resources;
  /**
   * The agent's whole environment, visible to the agent. In the bridge form the gateway has another address than the trait
   * says: the driver writes that one in its place.
   */
  readonly env: Readonly<Record<string, string>>;
  readonly argv: readonly string[];
  /** Working directory of the agent: `/work`, or its home where there is no workspace. */
  readonly cwd: string;
  readonly tty: boolean;
  /** The workspace among them; the home folder is the driver's own writable tmpfs at `/home/agent`. */
  readonly mounts: readonly Mount[];
  /** The folder of this bottle for run-time files (sockets, resolv.conf, hosts); private, removed at the end. */
  readonly runDir: string;
  /** Undefined: bot-bottle's own. In the bridge form only. */
  readonly foreignGateway?: ForeignGateway;
}

/** Fixed places and numbers inside every bottle. */
export const GUEST = {
  home: '/home/agent',
  workspace: '/work',
  user: 'agent',
  uid: 1000,
  gid: 1000,
} as const;

/** The gateway's address where a bottle has only loopback: in lo's own 127/8, so no capability is needed to bind to it. */
export const LOOPBACK_GATEWAY = '127.200.0.1';

/** The gateway's ports as the bottle sees them, on every rung. */
export const GATEWAY_PORTS = { proxy: 3128, http: 80, https: 443, dns: 53 } as const;

/** One step of a plan, for people: what is done, and the exact command or API call. */
export interface PlanStep {
  readonly what: string;
  /** A command line (argument array), or an engine's API call such as `POST /containers/create {...}`. */
  readonly call: readonly string[];
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** Where the agent's streams go. With a terminal, stdout carries everything and stderr is unused. */
export interface SessionIo {
  readonly tty: boolean;
  /** Undefined: the agent reads end of file. */
  readonly stdin: Readable | undefined;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly size: TerminalSize | undefined;
}

/** A program that runs in a bottle and is connected to this process. */
export interface Session {
  /** The exit code, 128+n for a signal; undefined when the session was detached. Settles after all output was written. */
  readonly exitCode: Promise<number | undefined>;
  /** No effect without a terminal. */
  resize(size: TerminalSize): void;
  /** Sends a signal to the program inside (Ctrl-C arrives as a byte on a terminal, not here). */
  signal(name: NodeJS.Signals): void;
  /** Leaves the program running and lets go of it. Throws BottleError `usage` where the trait `canDetach` is false. */
  detach(): Promise<void>;
}

/** What a check may use from above, so that a kill in the middle of it leaves nothing for ever. */
export interface CheckContext {
  /** Everything that is made for the look carries it. */
  readonly id: string;
  /** A private folder, removed afterwards. */
  readonly dir: string;
  /** The user named this very rung: the look may fetch what it needs, and take longer. */
  readonly isAskedFor: boolean;
  /** As in `DriverContext`. */
  readonly record: (resource: Resource) => Promise<void>;
  readonly signal: AbortSignal;
}

/** What a driver may use from above; given, so that drivers import nothing of bottle/. */
export interface DriverContext {
  /** Notes, on disk, before it is made, something outside the bottle's folder that must be removed at the end. */
  readonly record: (resource: Resource) => Promise<void>;
  /** A line for people about long work (an image is built). */
  readonly progress: (line: string) => void;
  /** Aborted when the user interrupts: give up and throw; removal is the caller's job. */
  readonly signal: AbortSignal;
  /** What the bottle's mounts show, the workspace among it, is there: may take longer than all that does not need it. */
  readonly files: Promise<unknown>;
  /** The gateway's side. But in the bridge form, its relay's Unix socket is `${spec.runDir}/handover/s`. */
  readonly gateway: GatewayAccess;
}

/** Something that an engine made. */
export interface EngineResource {
  readonly kind: 'container' | 'network' | 'volume';
  readonly engine: string;
  /** As in `Rung`. Undefined: the engine that the environment names, as in records of older versions. */
  readonly address?: string | undefined;
  readonly name: string;
}

/** Something outside the bottle's own folder. Names carry the bottle's id, so removal needs no more than this. */
export type Resource =
  | EngineResource
  | { readonly kind: 'group'; readonly hostPath: string }
  | { readonly kind: 'processes'; readonly bottleId: string };

/** A bottle whose namespace is made, closed, connected to its gateway and checked; the agent does not run yet. */
export interface PreparedBottle {
  /** What was read back from the system about this bottle: goes into the receipt. */
  readonly evidence: Readonly<Record<string, string>>;
  /** The launch checks that were made from inside the bottle's network, all held. */
  readonly checks: readonly LaunchCheck[];
  /** Starts the agent. */
  readonly launch: (io: SessionIo) => Promise<Session>;
}

export interface LaunchCheck {
  readonly id: string;
  readonly claim: string;
  readonly evidence: string;
}

/** A program to run beside the agent, in the same bottle, under the same restrictions. */
export interface ExecRequest {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** As root of the bottle instead, still confined as the bottle is: for attacks. Only where the trait `rootInside` says so. */
  readonly asRoot?: boolean;
}

/** What a bottle is called outside of it, whether it has all of it or not. */
export interface HostNames {
  /** The interface between it and its gateway. */
  readonly bridge: string;
  /** The interface between its gateway and the outside. */
  readonly outerBridge: string;
  /** The table that closes the host against what comes from there. */
  readonly dropTable: string;
  /** The container that its gateway is in. */
  readonly gatewayContainer: string;
}

export interface Driver {
  /** Who must own the workspace copy and other writable files on the host, so that the agent can write there. */
  fileOwner(rung: Rung): Owner;
  /** What a bottle's may be called on this host; undefined where the driver makes no such thing. Pure. */
  hostNames(bottleId: string): HostNames | undefined;
  /** The rungs this driver can offer, whether present or not. */
  readonly rungs: readonly Rung[];
  /** Checks whether the rung is ready by starting a tiny bottle or container on it. Every call has a deadline. Removes all it made. */
  check(rung: Rung, look: CheckContext): Promise<RungCheck>;
  /**
   * The engine's own program and the options that set it to the rung's engine: arguments follow. Only where `hostNames` gives names.
   * @throws BottleError `rungUnavailable` where that engine does not answer
   */
  readonly engineCommand?: (rung: Rung) => Promise<readonly [program: string, ...options: string[]]>;
  /**
   * What decides, beside this host's boot and environment, how bottles are made on the rung now: a kept look holds while it is the
   * same. Starts nothing. Undefined where the engine does not answer: then nothing that is kept holds. No such call where nothing else
   * decides. Never throws.
   */
  readonly lookKey?: (rung: Rung) => Promise<string | undefined>;
  /** Asks an engine what it is, ahead of a start that will want to know. Makes nothing, waits for nothing, never fails. */
  greet(rung: Rung): void;
  /**
   * What would be done, in order. Pure: also for a rung that this host cannot run. `evidence` is what a check found of it,
   * if one looked: the calls depend on an engine's version.
   */
  plan(spec: BottleSpec, evidence: RungCheck['evidence']): readonly PlanStep[];
  /**
   * Builds or finds what bottles are made from (an image), and says which: a digest for the receipt.
   * @throws BottleError `dependencyMissing`, `rungUnavailable`
   */
  prepareImage(
    rung: Rung,
    image: ImageSpec,
    context: Pick<DriverContext, 'progress' | 'signal'>,
  ): Promise<string>;
  /**
   * What `prepareImage` would say now, where that is known without building, fetching or starting anything.
   * @throws BottleError, or what the engine said, where it cannot be asked; the signal's reason
   */
  findImage(rung: Rung, image: ImageSpec, signal: AbortSignal): Promise<FoundImage>;
  /**
   * Makes the bottle up to, but without, the agent's program, and reads back what was applied.
   * @throws BottleError `rungUnavailable` when anything security-bearing could not be confirmed
   */
  prepare(spec: BottleSpec, context: DriverContext): Promise<PreparedBottle>;
  /** Runs another program in a running bottle. @throws BottleError `usage` when the bottle does not run */
  exec(spec: BottleSpec, request: ExecRequest, io: SessionIo): Promise<Session>;
  /** Connects to the agent of a bottle that was detached. @throws BottleError `usage` when it does not run */
  attach(spec: BottleSpec, io: SessionIo): Promise<Session>;
  /** Whether the agent's program runs. */
  isRunning(spec: BottleSpec): Promise<boolean>;
  /**
   * The host's pid of a running bottle's first process; undefined where it does not run, and no such call where its processes are not
   * the host's.
   */
  readonly firstPid?: (spec: BottleSpec) => Promise<number | undefined>;
  /** What the agent's program ended with, for one that nobody was attached to; undefined where it is not known. */
  exitCodeOf(spec: BottleSpec): Promise<number | undefined>;
  /** Asks the agent to end (SIGTERM), then ends it after `graceMs`. Fine when it has ended already. */
  stop(spec: BottleSpec, graceMs: number): Promise<void>;
  /**
   * Brings to the host what was written to mounted folders, where the trait `sharesFiles` says that it is not there. `isOver`:
   * the agent is not to go on, and ends first if it runs still.
   * @throws BottleError `rungUnavailable` when that cannot be done; nothing is lost
   */
  bringOut(spec: BottleSpec, isOver: boolean): Promise<void>;
  /** Removes these resources, whatever state they are in; not being there is fine. Throws if one cannot be removed. */
  remove(resources: readonly Resource[]): Promise<void>;
  /**
   * Removes all that is in a folder of the host's, as root of the engine: what root of a bottle has written there. Undefined where
   * no bottle writes as anybody but who launches it. `rung`: its engine is asked; otherwise the one that the environment names. Throws
   * where something stays.
   */
  readonly emptyAsRoot?: (hostPath: string, rung?: Rung) => Promise<void>;
}
