import { NO_CORE_DUMP_BYTES } from '../../../host/process/core-dumps.ts';
import type { HostConfig } from '../body/hardening.ts';

/** Compares a container's requested limits with those that the engine reports. */

export interface Comparison {
  readonly what: string;
  readonly wanted: unknown;
  readonly found: unknown;
}

/** The limits to compare. `hasSwap`: whether this host has swap. Pure. */
export function limits(
  wanted: HostConfig,
  found: Readonly<Record<string, unknown>>,
  hasSwap: boolean,
): Comparison[] {
  const numbers = ['Memory', 'NanoCpus', 'PidsLimit', 'ShmSize'] as const;
  const swap = { what: 'MemorySwap', wanted: wanted.MemorySwap, found: found['MemorySwap'] };
  return [
    ...numbers.map((name) => ({ what: name, wanted: wanted[name], found: found[name] })),
    ...(!hasSwap && DROPPED.includes(swap.found) ? [] : [swap]),
    { what: 'core dumps', wanted: NO_CORE_DUMP_BYTES, found: hardLimit(found['Ulimits'], 'core') },
    {
      what: 'open files',
      wanted: hardLimit(wanted.Ulimits, 'nofile'),
      found: hardLimit(found['Ulimits'], 'nofile'),
    },
    { what: 'OomKillDisable', wanted: false, found: found['OomKillDisable'] ?? false },
  ];
}

/** The values by which Docker and Podman report no limit of swap. */
const DROPPED: readonly unknown[] = [-1, 0];

/** Podman uses the kernel's names, such as RLIMIT_CORE. */
function hardLimit(ulimits: unknown, name: 'core' | 'nofile'): unknown {
  if (!Array.isArray(ulimits)) return undefined;
  const limits = ulimits as { Name?: string; Hard?: number }[];
  return limits.find(({ Name }) => Name === name || Name === `RLIMIT_${name.toUpperCase()}`)?.Hard;
}
