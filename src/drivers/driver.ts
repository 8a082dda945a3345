import type { Readable, Writable } from 'node:stream';
import type { GatewayAccess } from './gateway-access.ts';
import type { LaunchCheck, Mount } from '../contracts/gateway.ts';
import type { Owner } from '../host/user.ts';
import type { NetworkForm, Rung } from '../contracts/rungs.ts';

/**
 * The interface between the launcher and the isolation. A driver turns a `BottleSpec` into a plan (pure) and executes
 * it. Traits describe the differences between rungs; no code above this one asks a driver or a runtime for its name.
 */

export * from '../contracts/rungs.ts';
export type { LaunchCheck, Mount } from '../contracts/gateway.ts';
export type { Owner } from '../host/user.ts';

/** The result of checking a rung. `ready` means: a tiny bottle or container started on it and worked as expected. */
export interface RungCheck {
  readonly rung: Rung;
  readonly status: 'ready' | 'installed' | 'absent';
  readonly reason: string;
  /** The exact command or setting for this host; empty when ready. */
  readonly fix: string;
  /** Why `auto` prefers any other rung that is strong enough, even if this one is ready; undefined: it does not. */
  readonly onlyIfAsked?: string | undefined;
  /** `Driver.lookKey` of the checked engine, read before the check. */
  readonly lookKey?: string | undefined;
  /** Versions and readings for the receipt and for doctor, such as `{ "bwrap": "0.12.0", kernel: "6.18" }`. */
  readonly evidence: Readonly<Record<string, string>>;
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

/** The image that `prepareImage` would return now, or the reason why it is unknown before an image is made. */
export type FoundImage = { readonly digest: string } | { readonly whyNot: string };

/** A user's program that replaces bot-bottle's own gateway. It opens its sockets itself, so it runs as a sidecar. */
export interface ForeignGateway {
  readonly engine: 'pipelock';
  readonly hostPath: string;
}

/**
 * Everything that a driver needs to know about one bottle. Resolved, checked, immutable; printable except `env` values.
 */
export interface BottleSpec {
  /** Unique on this host, `[a-z0-9-]{1,48}`; the name or label of everything made for the bottle contains it. */
  readonly id: string;
  readonly rung: Rung;
  readonly networkForm: NetworkForm;
  readonly image: ImageSpec;
  readonly resources: Resources;
  /**
   * The agent's whole environment, visible to the agent. In the bridge form the gateway's address differs from the one
   * in the trait; the driver replaces it.
   */
  readonly env: Readonly<Record<string, string>>;
  readonly argv: readonly string[];
  /** Working directory of the agent: `/work`, or its home folder if there is no workspace. */
  readonly cwd: string;
  readonly tty: boolean;
  /** Includes the workspace, but not the home folder: that is a writable tmpfs of the driver at `/home/agent`. */
  readonly mounts: readonly Mount[];
  /** The bottle's private folder for run-time files (sockets, resolv.conf, hosts); removed at the end. */
  readonly runDir: string;
  /** Only in the bridge form. Undefined: bot-bottle's own gateway. */
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

/**
 * The gateway's address in a bottle that has only loopback. It is in lo's own 127/8, so binding needs no capability.
 */
export const LOOPBACK_GATEWAY = '127.200.0.1';

/** One step of a plan, for people: a description, and the exact command or API call. */
export interface PlanStep {
  readonly what: string;
  /** A command line (argument array), or an engine's API call such as `POST /containers/create {...}`. */
  readonly call: readonly string[];
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** The agent's streams. With a terminal, stdout carries everything and stderr is unused. */
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
  /** The exit code, 128+n for a signal; undefined if the session was detached. Settles after all output is written. */
  readonly exitCode: Promise<number | undefined>;
  /** No effect without a terminal. */
  resize(size: TerminalSize): void;
  /** Sends a signal to the program inside (Ctrl-C arrives as a byte on a terminal, not here). */
  signal(name: NodeJS.Signals): void;
  /** Disconnects and leaves the program running. @throws BottleError `usage` if the trait `canDetach` is false */
  detach(): Promise<void>;
}

/**
 * What a caller gives to a check. `id` and `record` let `gc` remove everything if bot-bottle is killed during the
 * check.
 */
export interface CheckContext {
  /** The names of everything that the check makes contain it. */
  readonly id: string;
  /** A private folder; the caller removes it afterwards. */
  readonly dir: string;
  /** The user named exactly this rung: the check may fetch what it needs, and may take longer. */
  readonly isAskedFor: boolean;
  /** As in `DriverContext`. */
  readonly record: (resource: Resource) => Promise<void>;
  readonly signal: AbortSignal;
}

/** What a caller gives to a driver, so that drivers import nothing from bottle/. */
export interface DriverContext {
  /** Records on disk a resource outside the bottle's folder, before it is made, so that it is removed at the end. */
  readonly record: (resource: Resource) => Promise<void>;
  /** Prints a line for people about long work, such as an image build. */
  readonly progress: (line: string) => void;
  /** Aborted when the user interrupts: the driver gives up and throws; the caller removes what was made. */
  readonly signal: AbortSignal;
  /**
   * Resolves when the files that the bottle's mounts show exist, including the workspace. May take longer than all work
   * that does not need them.
   */
  readonly files: Promise<unknown>;
  /** The gateway's side. Except in the bridge form, its relay's Unix socket is `${spec.runDir}/handover/s`. */
  readonly gateway: GatewayAccess;
}

/** A resource that an engine made. */
export interface EngineResource {
  readonly kind: 'container' | 'network' | 'volume';
  readonly engine: string;
  /** As in `Rung`. Undefined: the engine that the environment names, as in records of older versions. */
  readonly address?: string | undefined;
  readonly name: string;
}

/** A resource outside the bottle's own folder. Names contain the bottle's id, so removal needs nothing else. */
export type Resource =
  | EngineResource
  | { readonly kind: 'group'; readonly hostPath: string }
  | { readonly kind: 'processes'; readonly bottleId: string };

/** A bottle with a namespace that is made, closed, connected to its gateway and checked. The agent does not run yet. */
export interface PreparedBottle {
  /** Facts that the driver read back from the system about this bottle, for the receipt. */
  readonly evidence: Readonly<Record<string, string>>;
  /** The launch checks that ran inside the bottle's network; all held. */
  readonly checks: readonly LaunchCheck[];
  /** Starts the agent. */
  readonly launch: (io: SessionIo) => Promise<Session>;
}

/** A program to run beside the agent, in the same bottle, under the same restrictions. */
export interface ExecRequest {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Runs as root of the bottle, still confined like it: for attacks. Only if the trait `rootInside` is true. */
  readonly asRoot?: boolean;
}

/** The names on the host of a bottle's parts, whether or not the bottle has all of them. */
export interface HostNames {
  /** The interface between the bottle and its gateway. */
  readonly bridge: string;
  /** The interface between the gateway and the outside. */
  readonly outerBridge: string;
  /** The netfilter table that closes the host against traffic from the bridge. */
  readonly dropTable: string;
  /** The container of the gateway. */
  readonly gatewayContainer: string;
}

export interface Driver {
  /** The user on the host that must own the workspace copy and other files that the agent writes to. */
  fileOwner(rung: Rung): Owner;
  /** The names of a bottle's parts on this host; undefined if the driver makes no such parts. Pure. */
  hostNames(bottleId: string): HostNames | undefined;
  /** The rungs that this driver can offer, whether or not this host has them. */
  readonly rungs: readonly Rung[];
  /** Checks whether the rung is ready: starts a tiny bottle on it, with deadlines, and removes what it made. */
  check(rung: Rung, look: CheckContext): Promise<RungCheck>;
  /**
   * The engine's own program and the options that select the rung's engine; the caller appends arguments. Only if
   * `hostNames` returns names.
   * @throws BottleError `rungUnavailable` if that engine does not answer
   */
  readonly engineCommand?: (rung: Rung) => Promise<readonly [program: string, ...options: string[]]>;
  /**
   * Identifies everything, besides this host's boot and environment, that decides how bottles are made on the rung now.
   * A cached check is valid as long as the key is the same. Starts nothing. Resolves to undefined if the engine does
   * not answer: then no cached check is valid. The method is missing if nothing else decides. Never throws.
   */
  readonly lookKey?: (rung: Rung) => Promise<string | undefined>;
  /** Asks an engine for its version and settings before a start needs them. Makes nothing, never waits or fails. */
  greet(rung: Rung): void;
  /**
   * The steps that would be done, in order. Pure: also works for a rung that this host cannot run. `evidence` is the
   * result of a check, if there was one: the calls depend on an engine's version.
   */
  plan(spec: BottleSpec, evidence: RungCheck['evidence']): readonly PlanStep[];
  /**
   * Builds or finds the image that bottles are made from. Returns its digest, for the receipt.
   * @throws BottleError `dependencyMissing`, `rungUnavailable`
   */
  prepareImage(
    rung: Rung,
    image: ImageSpec,
    context: Pick<DriverContext, 'progress' | 'signal'>,
  ): Promise<string>;
  /**
   * The image that `prepareImage` would return now, if that is known without building, fetching or starting anything.
   * @throws BottleError, or the engine's own error, if the engine cannot be asked; the signal's reason
   */
  findImage(rung: Rung, image: ImageSpec, signal: AbortSignal): Promise<FoundImage>;
  /**
   * Makes everything of the bottle except the agent's program, and reads back the applied settings.
   * @throws BottleError `rungUnavailable` when a security-relevant setting could not be confirmed
   */
  prepare(spec: BottleSpec, context: DriverContext): Promise<PreparedBottle>;
  /** Runs another program in a running bottle. @throws BottleError `usage` when the bottle does not run */
  exec(spec: BottleSpec, request: ExecRequest, io: SessionIo): Promise<Session>;
  /** Connects to the agent of a detached bottle. @throws BottleError `usage` when it does not run */
  attach(spec: BottleSpec, io: SessionIo): Promise<Session>;
  /** Whether the agent's program runs. */
  isRunning(spec: BottleSpec): Promise<boolean>;
  /**
   * The host's pid of a running bottle's first process; undefined if it does not run. The method is missing if the
   * bottle's processes are not processes of the host.
   */
  readonly firstPid?: (spec: BottleSpec) => Promise<number | undefined>;
  /** The exit code of an agent's program that nobody was attached to; undefined if it is unknown. */
  exitCodeOf(spec: BottleSpec): Promise<number | undefined>;
  /** Sends SIGTERM to the agent, and kills it after `graceMs`. Succeeds if it has already ended. */
  stop(spec: BottleSpec, graceMs: number): Promise<void>;
  /**
   * Copies to the host what the bottle wrote to mounted folders, if the trait `sharesFiles` says that the host does not
   * have it yet. `isOver`: the agent shall not go on; if it still runs, it ends first.
   * @throws BottleError `rungUnavailable` when that cannot be done; nothing is lost
   */
  bringOut(spec: BottleSpec, isOver: boolean): Promise<void>;
  /** Removes these resources in any state; missing ones are fine. Throws if one cannot be removed. */
  remove(resources: readonly Resource[]): Promise<void>;
  /**
   * Empties a folder of the host as root of the engine, because root of a bottle may have written there. The method is
   * missing if bottles write only as the user who launches them. Without `rung`, uses the engine that the environment
   * names. Throws if something remains.
   */
  readonly emptyAsRoot?: (hostPath: string, rung?: Rung) => Promise<void>;
}
