import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { publicKey, readPublicKey } from '../../bottle/log/signing-key.ts';
import { BottleError, reasonOf } from '../../errors.ts';
import { packageVersion } from '../../host/paths.ts';
import type { Probe } from '../probes/probe.ts';
import type { WrittenBottle } from '../findings/read.ts';
import { genuinePayload, type Now } from './check.ts';
import { gatewayDigestHere, suiteOf } from './digests.ts';
import { MAX_RECEIPT_BYTES } from './envelope.ts';
import { rungsNow, imageMeant } from './rungs-now.ts';
import { arch, release } from 'node:os';
import { osName } from '../../bottle/rungs/doctor.ts';
import type { VerifyReport } from '../report.ts';

/** The effects of a check: it reads this host, uses no network, and starts no bottle. */

/** Describes this host for a report; a check compares it. */
export const describeHost = (): VerifyReport['host'] => ({
  kernel: release(),
  system: osName(),
  architecture: arch(),
});

export interface CheckOrder {
  /** The text of the receipt. If the right key signed it, it determines which rungs to read. */
  readonly text: string;
  /** All probes of the suite. */
  readonly records: readonly Probe[];
  /** The path of the public key that must have signed; by default, this installation's key. */
  readonly keyPath: string | undefined;
  /** The user's bottle, if it was named again. */
  readonly bottle: WrittenBottle | undefined;
}

/**
 * Reads what a receipt is compared with.
 * @throws BottleError `usage` when there is no public key at `keyPath`, `dependencyMissing` when this installation is
 * damaged
 */
export async function readNow({ text, records, keyPath, bottle }: CheckOrder): Promise<Now> {
  const [key, suite, gatewayDigest] = await Promise.all([
    keyPath === undefined ? publicKey() : readPublicKey(keyPath),
    suiteOf(records),
    gatewayDigestHere(),
  ]);
  const payload = genuinePayload(text, key);
  return {
    host: describeHost(),
    key,
    isGivenKey: keyPath !== undefined,
    at: new Date(),
    botBottleVersion: packageVersion(),
    suite,
    gatewayDigest,
    rungs: payload === undefined ? [] : await rungsNow(payload.bound.rungs, imageMeant(payload, bottle)),
    ...(bottle === undefined ? {} : { bottleManifest: bottle.manifestDigest }),
  };
}

const NAME_IT = 'name what --receipt wrote: bot-bottle verify --check FILE';

/**
 * Returns the text of a receipt's file. @throws BottleError `usage` when it is unreadable, not a regular file, or too
 * large
 */
export async function readReceiptFile(path: string): Promise<string> {
  const file = await openFile(path);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new BottleError('usage', `${path} is not a file`, { fix: NAME_IT });
    if (stats.size > MAX_RECEIPT_BYTES) {
      throw new BottleError('usage', `${path} is no receipt: it has ${stats.size} bytes`, { fix: NAME_IT });
    }
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    // O_NONBLOCK: otherwise opening a FIFO without a writer would block forever.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (cause) {
    throw new BottleError('usage', `${path} cannot be read: ${reasonOf(cause)}`, { fix: NAME_IT, cause });
  }
}
