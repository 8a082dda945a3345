import { cpuMsOf } from '../processes.ts';
import { runClient, type Way } from './load.ts';
import type { Proxy } from './proxies.ts';
import { WORKLOADS, type Workload } from './workloads.ts';

/**
 * Rounds: each runs every workload on every route, one after the other, so that a change of the machine's speed affects
 * all.
 */

export interface Route extends Way {
  /** The process of the proxy, or of the origin on the direct route. */
  readonly pid: number;
  readonly role: 'direct' | Proxy['role'];
}

export interface Figure {
  readonly value: number;
  /** The protocol in use: `h1` if h2 was requested but is not available. */
  readonly protocol: string;
  /** The processor time that the proxy used for it. */
  readonly cpuMs: number;
}

/** One figure per round, by workload and route. */
export type Measured = ReadonlyMap<Workload, ReadonlyMap<Route, readonly Figure[]>>;

const WARM_UP_ROUNDS = 1;

/** Measures `rounds` rounds after a warm-up round; the order of the routes changes with each. */
export function measureRounds(
  client: string,
  { direct, routes }: { readonly direct: Route; readonly routes: readonly Route[] },
  rounds: number,
): Measured {
  const all = new Map(
    WORKLOADS.map((workload) => [
      workload,
      new Map([direct, ...routes].map((route) => [route, [] as Figure[]])),
    ]),
  );
  for (let round = 0; round < WARM_UP_ROUNDS + rounds; round += 1) {
    for (const [workload, figures] of all) {
      const base = runClient(client, direct, workload);
      for (const route of [direct, ...turned(routes, round)]) {
        if (route.role === 'variant' && workload.isBulk === true) continue;
        const before = cpuMsOf(route.pid);
        const outcome = route === direct ? base : runClient(client, route, workload);
        const cpuMs = cpuMsOf(route.pid) - before;
        const figure = { value: workload.figure(outcome, base), protocol: outcome.protocol, cpuMs };
        if (round >= WARM_UP_ROUNDS) figures.get(route)?.push(figure);
      }
    }
  }
  return all;
}

const turned = <T>(all: readonly T[], by: number): readonly T[] => [
  ...all.slice(by % all.length),
  ...all.slice(0, by % all.length),
];
