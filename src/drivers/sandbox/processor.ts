import { BottleError } from '../../errors.ts';
import type { HostFacts } from './facts.ts';
import type { Machine } from './syscalls.ts';

/**
 * The type of machine that the system call filter is for. Pure.
 * @throws BottleError `rungUnavailable` if there is no filter
 */
export function processorOf({ machine }: Pick<HostFacts, 'machine'>): Machine {
  if (machine !== undefined) return machine;
  throw new BottleError('rungUnavailable', 'there is no system call filter for this kind of machine', {
    fix: 'use another runtime',
  });
}
