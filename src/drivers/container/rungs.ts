import { LOOPBACK_GATEWAY, type Boundary, type Rung, type RuntimeName, type Traits } from '../driver.ts';
import type { InputForm } from './gate.ts';

/** The rungs of the container driver: engines and runtimes are values here, and what differs is a trait. */

export const ENGINE_NAMES = ['docker', 'podman'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

export type ContainerRuntime = Extract<RuntimeName, 'runc' | 'crun' | 'runsc' | 'kata'>;

export interface RuntimeFacts {
  readonly runtime: ContainerRuntime;
  readonly boundary: Boundary;
  readonly ownNetworkStack: boolean;
  readonly minPids: number;
  readonly engines: readonly EngineName[];
  /**
   * What makes the runtime let programs connect to a socket of the host that is mounted; undefined where nothing does, as a
   * guest kernel has sockets of its own. gVisor's `--host-uds=open` is one of the flags that a container may set itself.
   */
  readonly socketAnnotations: Readonly<Record<string, string>> | undefined;
  /** Runs programs as processes of the host's kernel, whose confinement shows in the host's /proc. */
  readonly sharesKernel: boolean;
  /** What runs in it is in a control group of the host's, which has its limits; Kata gives them to its machine. */
  readonly hasHostGroups: boolean;
  /** Is a virtual machine, which is looked for: its VMM on the host, and its kernel inside. */
  readonly isMachine: boolean;
  /** The end of a program's input ends its output as well, so input comes in frames, and the engine's stream stays open. */
  readonly endsOutputWithInput: boolean;
  /** What the bottle's first process on the host calls itself, where that proves the runtime. */
  readonly hostProcess: RegExp | undefined;
}

/**
 * gVisor counts its own threads as pids: 128 broke, 256 held, 512 leaves room. Threads of the kernel of Kata's machine count, too.
 * gVisor's own network stack is the default; a registration with `--network=host` changes the trait, and the check says so. Podman does not support Kata.
 */
const RUNTIMES: readonly RuntimeFacts[] = [
  {
    runtime: 'runc',
    boundary: 'shared-kernel',
    ownNetworkStack: false,
    minPids: 16,
    engines: ['docker', 'podman'],
    socketAnnotations: {},
    sharesKernel: true,
    hasHostGroups: true,
    isMachine: false,
    endsOutputWithInput: false,
    hostProcess: undefined,
  },
  {
    runtime: 'crun',
    boundary: 'shared-kernel',
    ownNetworkStack: false,
    minPids: 16,
    engines: ['docker', 'podman'],
    socketAnnotations: {},
    sharesKernel: true,
    hasHostGroups: true,
    isMachine: false,
    endsOutputWithInput: false,
    hostProcess: undefined,
  },
  {
    runtime: 'runsc',
    boundary: 'user-kernel',
    ownNetworkStack: true,
    minPids: 512,
    engines: ['docker', 'podman'],
    socketAnnotations: { 'dev.gvisor.flag.host-uds': 'open' },
    sharesKernel: false,
    hasHostGroups: true,
    isMachine: false,
    endsOutputWithInput: false,
    hostProcess: /^runsc-sandbox\b/,
  },
  {
    runtime: 'kata',
    boundary: 'vm',
    ownNetworkStack: true,
    minPids: 512,
    engines: ['docker'],
    socketAnnotations: undefined,
    sharesKernel: false,
    hasHostGroups: false,
    isMachine: true,
    endsOutputWithInput: true,
    hostProcess: undefined,
  },
];

/** What is known of a runtime. */
export function factsOfRuntime(name: RuntimeName): RuntimeFacts {
  const facts = RUNTIMES.find(({ runtime }) => runtime === name);
  if (facts === undefined) throw new Error(`${name} is not a container runtime`);
  return facts;
}

/** How the input of a program comes on this runtime; a terminal has its own end of file. */
export const inputFormOf = (name: RuntimeName, tty: boolean): InputForm =>
  factsOfRuntime(name).endsOutputWithInput && !tty ? 'frames' : 'plain';

/** The rungs that an engine can offer, whether present or not. */
export function rungsOf(engine: EngineName): Rung[] {
  return RUNTIMES.filter(({ engines }) => engines.includes(engine)).map(
    ({ runtime, boundary, ...facts }) => ({
      runtime,
      boundary,
      engine,
      traits: traitsOf(facts),
    }),
  );
}

function traitsOf(facts: Omit<RuntimeFacts, 'runtime' | 'boundary'>): Traits {
  return {
    ownNetworkStack: facts.ownNetworkStack,
    onlySockets: false,
    hasCompanions: true,
    // gVisor looks at its network when it starts, and leaves the loopback as it is, down: a holder has to raise it before.
    joinedBy: facts.sharesKernel ? 'root' : 'nobody',
    gatewayAddress: LOOPBACK_GATEWAY,
    needsImage: true,
    sharesFiles: true,
    limits: 'cgroup',
    canDetach: true,
    minPids: facts.minPids,
    hostSockets: facts.socketAnnotations !== undefined,
    rootInside: true,
  };
}
