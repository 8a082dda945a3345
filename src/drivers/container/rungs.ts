import type { ContainerEngine } from '../../contracts/rungs.ts';
import { LOOPBACK_GATEWAY, type Boundary, type Rung, type RuntimeName, type Traits } from '../driver.ts';
import type { InputForm } from './agent/gate.ts';

/** The rungs of the container driver: engines and runtimes are values here, and traits describe their differences. */

export type ContainerRuntime = Extract<RuntimeName, 'runc' | 'crun' | 'runsc' | 'kata'>;

export interface RuntimeFacts {
  readonly runtime: ContainerRuntime;
  readonly boundary: Boundary;
  readonly ownNetworkStack: boolean;
  readonly minPids: number;
  readonly engines: readonly ContainerEngine[];
  /**
   * Annotations that make the runtime let programs connect to a mounted socket of the host. Undefined if no annotation
   * can, as a guest kernel has separate sockets. gVisor's `--host-uds=open` is one of the flags that a container may
   * set itself.
   */
  readonly socketAnnotations: Readonly<Record<string, string>> | undefined;
  /** Runs programs as processes of the host's kernel; their confinement is visible in the host's /proc. */
  readonly sharesKernel: boolean;
  /**
   * Its processes are in a control group of the host that has the bottle's limits. Kata sets the limits in its machine
   * instead.
   */
  readonly hasHostGroups: boolean;
  /** Is a virtual machine. bot-bottle verifies that: its VMM on the host, and its kernel inside. */
  readonly isMachine: boolean;
  /**
   * The end of a program's input also ends its output, so input is sent in frames, and the engine's stream stays open.
   */
  readonly endsOutputWithInput: boolean;
  /** A pattern for the command line of the bottle's first process on the host, if that proves the runtime. */
  readonly hostProcess: RegExp | undefined;
}

/**
 * gVisor counts its own threads as pids: 128 failed, 256 worked, 512 leaves room. The threads of the kernel in Kata's
 * machine count, too. gVisor uses its own network stack by default; a registration with `--network=host` changes the
 * trait, which the check detects. Podman does not support Kata.
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

/** The recorded facts about a runtime. */
export function factsOfRuntime(name: RuntimeName): RuntimeFacts {
  const facts = RUNTIMES.find(({ runtime }) => runtime === name);
  if (facts === undefined) throw new Error(`${name} is not a container runtime`);
  return facts;
}

/** The form of a program's input on this runtime. A terminal has its own end of file. */
export const inputFormOf = (name: RuntimeName, tty: boolean): InputForm =>
  factsOfRuntime(name).endsOutputWithInput && !tty ? 'frames' : 'plain';

/** The rungs that an engine can offer, whether or not this host has them. */
export function rungsOf(engine: ContainerEngine): Rung[] {
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
    // gVisor reads its network only when it starts, and leaves the loopback as it finds it, down: a holder must set it
    // up before.
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
