import type { KeyObject } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BottleError } from '../../errors.ts';
import { isRunning } from '../../host/processes.ts';
import { expectOwnGateway } from '../egress/foreign-gateway.ts';
import { saysEnded, type BottleRecord } from '../state/record.ts';
import { bottlePaths, findRecord, readAll, readRecord } from '../state/store.ts';
import { publicKey, readPublicKey } from './signing-key.ts';
import { unreadableLog, verifyLog, type LogPlace, type LogVerdict, type Unsigned } from './verify.ts';

/** Verifies the logs that the user names: those of this installation's bottles, or a copy from elsewhere. */

/**
 * Verifies the log of one bottle, or of all bottles that have one, oldest first. `keyPath`: file of the public key;
 * default, the key of this installation.
 * @throws BottleError `usage` if no bottle matches, or it has no log
 */
export async function verifyLogs(idOrAgent: string | undefined, keyPath?: string): Promise<LogVerdict[]> {
  const key = await keyAt(keyPath);
  if (idOrAgent !== undefined) return [await verifyRecorded(await recordOf(idOrAgent), key)];
  const { records, recordless } = await readAll();
  const verdicts: LogVerdict[] = [];
  // One after the other, because each log may have the maximum size.
  for (const record of records.filter(hasLog))
    verdicts.push(await orUnreadable(record.id, async () => await verifyRecorded(record, key)));
  for (const id of recordless.filter(hasLogFile))
    verdicts.push(await orUnreadable(id, async () => await verifyRecordless(id, key)));
  return verdicts;
}

async function verifyRecorded(record: BottleRecord, key: KeyObject | undefined): Promise<LogVerdict> {
  const place = { ...bottlePaths(record.id), bottle: record.id };
  const unsigned = await unsignedBecause(record);
  const verdict = await verifyLog(place, { key, unsigned });
  const isGone = unsigned === 'running' && record.phase === 'running' && !existsSync(place.auditPath);
  return isGone ? withFault(verdict, 'it was removed, or moved away: its bottle runs') : verdict;
}

const withFault = (verdict: LogVerdict, fault: string): LogVerdict => ({
  ...verdict,
  intact: false,
  faults: [fault, ...verdict.faults],
});

/** Reports a log that cannot be read as not intact, so that the others are still verified. */
async function orUnreadable(bottle: string, verify: () => Promise<LogVerdict>): Promise<LogVerdict> {
  try {
    return await verify();
  } catch (error) {
    if (!(error instanceof BottleError)) throw error;
    return unreadableLog(bottle, error.message);
  }
}

/** Also verifies a log whose bottle record was changed or removed. */
async function verifyRecordless(id: string, key: KeyObject | undefined): Promise<LogVerdict> {
  const verdict = await verifyLog({ ...bottlePaths(id), bottle: id }, { key, unsigned: 'ended' });
  return withFault(
    verdict,
    'the record of its bottle is not there, is damaged, or of another version of bot-bottle',
  );
}

async function recordOf(idOrAgent: string): Promise<BottleRecord> {
  const record = await findRecord(idOrAgent);
  expectOwnGateway(record, 'log that could be verified');
  if (hasLog(record)) return record;
  throw new BottleError('usage', `bottle ${record.id} has no log: its agent never ran`, {
    fix: 'bot-bottle logs verify, without a name, takes every bottle that has one',
  });
}

/** Whether the bottle has a log. It may have ended before its gateway started: then there is nothing to sign. */
function hasLog({ id, spec }: BottleRecord): boolean {
  return spec.foreignGateway === undefined && hasLogFile(id);
}

function hasLogFile(id: string): boolean {
  const { auditPath, receiptPath } = bottlePaths(id);
  return existsSync(auditPath) || existsSync(receiptPath);
}

async function unsignedBecause(record: BottleRecord): Promise<Unsigned> {
  const { id, owner } = record;
  if (saysEnded(record)) return 'ended';
  if (isRunning(owner)) return 'running';
  // Since the record was read, a keeper may have taken over, or the bottle may have ended.
  const now = await readRecord(id);
  return now === undefined || isSameRecord(now, record) ? 'crashed' : await unsignedBecause(now);
}

const isSameRecord = (one: BottleRecord, other: BottleRecord): boolean =>
  one.phase === other.phase && one.owner.pid === other.owner.pid;

/** Verifies a copy: a log with its signature beside it, or a bottle's folder. @throws BottleError `usage` */
export async function verifyCopy(path: string, keyPath?: string): Promise<LogVerdict> {
  const place = placeOfCopy(path);
  // A user who names a key expects a signature by it.
  const unsigned = keyPath === undefined ? 'copy' : 'ended';
  return await verifyLog(place, { key: await keyAt(keyPath), unsigned });
}

const NAME_A_LOG = 'name a log, or the folder of a bottle: --file PATH';

function placeOfCopy(path: string): LogPlace {
  if (!existsSync(path)) throw new BottleError('usage', `${path} is not there`, { fix: NAME_A_LOG });
  const inFolder = ['egress.jsonl', join('audit', 'egress.jsonl')].map((name) => join(path, name));
  const auditPath = statSync(path).isDirectory() ? inFolder.find((each) => existsSync(each)) : path;
  if (auditPath === undefined)
    throw new BottleError('usage', `there is no egress.jsonl in ${path}`, { fix: NAME_A_LOG });
  const folder = dirname(auditPath);
  return {
    auditPath,
    signaturePath: join(folder, 'signature.json'),
    receiptPath: join(dirname(folder), 'receipt.json'),
    bottle: undefined,
  };
}

async function keyAt(path: string | undefined): Promise<KeyObject | undefined> {
  return path === undefined ? await publicKey() : await readPublicKey(path);
}
