import type { DriverContext } from '../../driver.ts';
import type { Step, Steps } from '../../step.ts';
import type { OpenSidecar } from '../bridge/sidecar.ts';
import type { Created } from '../engine/containers.ts';
import type { Connection } from '../engine/engine.ts';
import type { ContainerPlan } from '../body/hardening.ts';
import type { BottleImages } from '../image/bottle-images.ts';
import type { WaitingAgent } from '../agent/launch.ts';
import type { Subnet } from '../names.ts';
import type { PlannedEngine } from './print.ts';

/** What the plans of containers depend on, besides the spec. */
export interface Known {
  readonly images: BottleImages;
  /** Addresses that must be unreachable, `ADDRESS:PORT`. */
  readonly denied: readonly string[];
  /** The addresses of the bottle's network (bridge form). */
  readonly subnet: Subnet;
}

/** Placeholders, and the engine of the printed calls. */
export interface Planned extends Known {
  readonly engine: PlannedEngine;
}

/** What the steps of a start find out. */
export interface Running extends Known {
  readonly context: DriverContext;
  /** Connects to the engine and finds or makes the images. */
  readonly find: () => Promise<Pick<Running, 'connection' | 'images'>>;
  readonly connection: Connection;
  /** For containers that do not depend on the bottle's runtime. */
  readonly helper: Connection;
  readonly holder: Created;
  readonly sidecar: OpenSidecar;
  readonly agentPlan: ContainerPlan;
  readonly agent: WaitingAgent;
  /** The network namespace that a holder has for the agent; undefined if it is unknown or the agent has its own. */
  readonly joinedNetwork: string | undefined;
  /** The host's pid of the agent's first process, and its network namespace. */
  readonly agentProcess: { readonly pid: number; readonly network: string | undefined };
}

export type ContainerStep = Step<Planned, Running>;
export type ContainerSteps = Steps<Planned, Running>;
