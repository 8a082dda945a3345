import { readDecisions } from '../../bottle/log/logs.ts';
import type { BottleRecord } from '../../bottle/state/record.ts';
import { bottlePaths } from '../../bottle/state/store.ts';
import type { AuditLine } from '../../gateway/config.ts';

/** Reads all decisions of a bottle's gateway so far. */
export async function decisionsOf({ id }: Pick<BottleRecord, 'id'>): Promise<AuditLine[]> {
  const decisions: AuditLine[] = [];
  for await (const line of readDecisions(bottlePaths(id).auditPath)) decisions.push(line);
  return decisions;
}
