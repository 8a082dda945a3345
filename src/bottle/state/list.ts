import type { Boundary, RuntimeName } from '../../drivers/driver.ts';
import { isRunning } from '../../host/processes.ts';
import { type BottleRecord, isLive } from './record.ts';
import { readAll } from './store.ts';

/** A line of `bot-bottle ls --json`. Keys are fixed; later versions may add more. */
export interface BottleRow {
  readonly id: string;
  readonly agent: string;
  readonly bottle: string;
  readonly runtime: RuntimeName;
  readonly boundary: Boundary;
  /** A phase, or `detached`, or `crashed`: its owner is gone and gc has not run yet. */
  readonly state: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly engine: string;
  readonly exitCode: number | null;
  readonly reason: string | null;
}

/** All bottles, oldest first. */
export async function listBottles(): Promise<BottleRow[]> {
  return (await readAll()).records.map(rowOf);
}

/** One bottle as `ls` shows it. */
export function rowOf(record: BottleRecord): BottleRow {
  return {
    id: record.id,
    agent: record.agent,
    bottle: record.bottle,
    runtime: record.spec.rung.runtime,
    boundary: record.spec.rung.boundary,
    state: stateOf(record),
    startedAt: record.startedAt,
    endedAt: record.endedAt ?? null,
    engine: record.spec.rung.engine,
    exitCode: record.exitCode ?? null,
    reason: record.reason ?? null,
  };
}

function stateOf(record: BottleRecord): string {
  if (!isLive(record.phase)) return record.phase;
  if (!isRunning(record.owner)) return 'crashed';
  return record.detached && record.phase === 'running' ? 'detached' : record.phase;
}
