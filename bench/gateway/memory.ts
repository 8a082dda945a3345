import { forgetLargest, memoryMiBOf } from '../processes.ts';
import { runClient, type Work } from './load.ts';
import type { Route } from './rounds.ts';

/** Resident memory of fresh processes: idle, after 10,000 requests, and the peak under 64 streams. */

export interface Memory {
  readonly idleMiB: number;
  readonly afterRequestsMiB: number;
  readonly underStreamsMiB: number;
}

const REQUESTS = { direction: 'down', concurrency: 32, requests: 5_000, bytes: 1_024 } as const;
const STREAMS = { concurrency: 64, requests: 64, bytes: 16e6 } as const;

/** Sends half of the requests and streams over h1, half over h2; streams go in both directions. */
export function measureMemory(client: string, route: Route): Memory {
  const run = (work: Work): void => void runClient(client, route, work);
  const idleMiB = memoryMiBOf(route.pid, 'VmRSS');
  run({ ...REQUESTS, protocol: 'h1' });
  run({ ...REQUESTS, protocol: 'h2' });
  const afterRequestsMiB = memoryMiBOf(route.pid, 'VmRSS');
  forgetLargest(route.pid);
  for (const protocol of ['h1', 'h2'] as const) {
    run({ ...STREAMS, protocol, direction: 'down' });
    run({ ...STREAMS, protocol, direction: 'up' });
  }
  return { idleMiB, afterRequestsMiB, underStreamsMiB: memoryMiBOf(route.pid, 'VmHWM') };
}
