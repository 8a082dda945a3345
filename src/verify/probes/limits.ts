import type { Measure, Probe } from './probe.ts';

/** More than a bottle may have. What it has is read outside, from the kernel, while it tries. */

/** Bounded as they are, they would be no attack where nothing bounds them. */
const NO_LIMIT = 'in the open there is no limit to hold, so that nothing is taken there';

type Words = Pick<Probe, 'id' | 'claim' | 'attack' | 'breach'> & Partial<Pick<Probe, 'limits' | 'users'>>;

const limit = (of: Measure, words: Words): Probe => ({
  family: 'limits',
  oracle: { kind: 'exceeds', of },
  control: 'metered',
  closedInTheOpen: NO_LIMIT,
  source: 'CWE-770: no limit to what is taken; MITRE ATT&CK T1499.001, exhaustion of the system',
  ...words,
});

const FULL = 'fills the memory or the disk of the host';

/** In the order in which they are made: what may end the bottle is the last. */
export const LIMITS: readonly Probe[] = [
  limit('processes', {
    id: 'limit-processes',
    claim: 'A bottle has no more processes and threads than it may.',
    attack: 'start more processes than are allowed',
    breach: 'leaves no process to the host',
  }),
  limit('processBound', {
    id: 'limit-raised',
    claim: 'A bottle cannot raise its own limits.',
    attack: 'raise its own limits',
    breach: 'has no limits',
  }),
  limit('priority', {
    id: 'limit-priority',
    claim: 'No program of a bottle goes before those of the host.',
    attack: 'ask for a higher priority',
    breach: 'takes the processors from the host',
  }),
  limit('tmp', {
    id: 'limit-disk-tmp',
    claim: 'No more can be written to /tmp than is allowed.',
    attack: 'fill /tmp',
    breach: FULL,
  }),
  limit('home', {
    id: 'limit-disk-home',
    claim: 'No more can be written to the home folder than is allowed.',
    attack: 'fill the home folder',
    users: ['agent'],
    breach: FULL,
  }),
  limit('shm', {
    id: 'limit-disk-shm',
    claim: 'No more than 64 MiB can be written to /dev/shm.',
    attack: 'fill /dev/shm',
    breach: FULL,
  }),
  limit('log', {
    id: 'limit-log',
    claim: 'A request that is denied writes little to the log, however long it is.',
    attack: 'flood the log with long requests that are denied',
    breach: FULL,
  }),
  limit('processMemory', {
    id: 'limit-process-memory',
    claim: 'No process of a bottle can have more memory than it may.',
    attack: 'reserve more memory than a process may',
    limits: 'rlimit',
    breach: FULL,
  }),
  limit('memory', {
    id: 'limit-memory',
    claim: 'A bottle as a whole has no more memory than it may.',
    attack: 'take more memory than is allowed',
    limits: 'cgroup',
    users: ['agent'],
    breach: FULL,
  }),
];
