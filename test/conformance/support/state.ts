import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from './bench.ts';

/** Reads a bottle's files in the state folder of the bench. */

const dirOf = ({ program }: Bench, id: string): string => join(program.stateDir, 'bot-bottle', 'bottles', id);

export const auditPathOf = (bench: Bench, id: string): string =>
  join(dirOf(bench, id), 'audit', 'egress.jsonl');

export const runDirOf = (bench: Bench, id: string): string => join(dirOf(bench, id), 'run');

/** Returns the receipt of a start. */
export const receiptOf = (bench: Bench, id: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(dirOf(bench, id), 'receipt.json'), 'utf8')) as Record<string, unknown>;

/** Returns the ids of all bottles on disk. */
export function idsOnDisk({ program }: Bench): string[] {
  const dir = join(program.stateDir, 'bot-bottle', 'bottles');
  return existsSync(dir) ? readdirSync(dir) : [];
}
