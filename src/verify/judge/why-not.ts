import type { Rung } from '../../drivers/driver.ts';
import { isRoot } from '../../host/user.ts';
import { possibleProbes, type HostView } from '../arena/host-view.ts';
import { whyBlind } from '../processes/host-processes.ts';
import type { Measure, Probe } from '../probes/probe.ts';
import { OUTSIDE } from './short-of-limits.ts';

/** What makes a probe prove nothing: properties of the rung, the host, the user and the bottle. */

export interface Circumstances {
  readonly rung: Rung;
  readonly host: HostView;
  /** The host's id of the bottle's first process, if this host has that process. */
  readonly firstPid: number | undefined;
  /** The agent works in the project itself. */
  readonly isMounted: boolean;
  /** The launcher has put bait into the bottle. */
  readonly hasBait: boolean;
}

/** Measures that are visible only with a shared kernel, and only to root. */
const SHOWN_BY_THE_KERNEL: readonly Measure[] = [
  'tmp',
  'home',
  'shm',
  'tmpFiles',
  'homeFiles',
  'shmFiles',
  'openFiles',
  'priority',
];

/** Measures that a machine's own kernel limits. */
const IN_A_MACHINE: readonly Measure[] = ['processes', 'processBound'];

/** The most processes to start on a host that others use. */
const MOST_PROCESSES = 256;

/** Returns the reason not to make a probe, for the report; undefined if it can be made. */
export function whyNot(probe: Probe, circumstances: Circumstances): string | undefined {
  const { needs, limits, means, oracle, control } = probe;
  const { rung, host, firstPid, isMounted, hasBait } = circumstances;
  if (needs === 'capture' && !host.captures)
    return 'this user may not look at packets (tried; packet(7), CAP_NET_RAW)';
  if (needs === 'beyond' && host.beyond.at === undefined)
    return `nobody listens beyond this host: ${host.beyond.missing}`;
  if (needs !== undefined && possibleProbes([{ needs }], host).length === 0)
    return `this host has nothing to try it on: ${needs}`;
  if (means === 'sharedKernel' && rung.boundary !== 'shared-kernel')
    return `the kernel that it is made on is not the host's (boundary ${rung.boundary})`;
  if (limits !== undefined && rung.traits.limits !== limits)
    return `limits are enforced in another way here (trait limits: ${rung.traits.limits})`;
  if (isMounted && control === 'back' && oracle.kind === 'verbs' && oracle.sees === 'shown')
    return 'there is no diff of a project that is mounted (workspace: mount)';
  if (oracle.kind === 'end' && oracle.sees === 'process' && rung.boundary !== 'shared-kernel')
    return unseen(rung.boundary);
  if (oracle.kind === 'leak' && oracle.of === 'bait' && !hasBait)
    return 'there is no bait in this bottle (canary: false, or nothing that leaves is looked at)';
  if (oracle.kind === 'process') return whyBlind(firstPid);
  return oracle.kind === 'exceeds' ? whyNotMetered(oracle.of, rung) : undefined;
}

const unseen = (boundary: string): string =>
  `what is in a bottle of this boundary (${boundary}) cannot be seen from outside`;

function whyNotMetered(measure: Measure, { boundary, traits }: Rung): string | undefined {
  // The host sees the threads that run a machine, but not what runs in it.
  const isWithin = traits.limits === 'machine' && IN_A_MACHINE.includes(measure);
  if (isWithin || (boundary !== 'shared-kernel' && SHOWN_BY_THE_KERNEL.includes(measure)))
    return unseen(boundary);
  if (measure === 'processes' && traits.minPids > MOST_PROCESSES)
    return `this runtime needs ${traits.minPids} threads, and ends the whole bottle when it gets no more`;
  if (!isRoot() && !OUTSIDE.includes(measure)) return 'only root sees from outside what a bottle has';
  return undefined;
}
