import { closeSync, constants, existsSync, fstatSync, openSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { resumeChain } from '../../gateway/audit/resume.ts';
import { removeTree, writeFileAtomic } from '../../host/files.ts';
import { digestOfFile } from '../state/receipt.ts';
import { bottlePaths } from '../state/store.ts';
import { signStatement } from './signature.ts';
import { signingKey } from './signing-key.ts';

/** Describes the signer: only the bottle's original owner can vouch for its earlier log. */
export interface Signer {
  readonly launcherLost: boolean;
}

/**
 * Signs the log of a bottle whose gateway has ended; does nothing if there is no log. Keeps an existing signature: a
 * log that was changed afterwards must not get a new one.
 * @throws Error, BottleError if the file is not a log, or the signature cannot be written
 */
export async function signLog(id: string, { launcherLost }: Signer): Promise<void> {
  const { auditDir, auditPath, signaturePath, receiptPath } = bottlePaths(id);
  if (existsSync(signaturePath) || !existsSync(auditPath)) return;
  await removeUnfinished(auditDir, basename(signaturePath));
  const { seq, hash } = endOf(auditPath, id);
  const receipt = existsSync(receiptPath) ? await digestOfFile(receiptPath) : null;
  const signedAt = new Date().toISOString();
  const statement = { bottle: id, lines: seq, hash, receipt, signedAt, launcherLost };
  await writeFileAtomic(
    signaturePath,
    `${JSON.stringify(signStatement(statement, await signingKey()), null, 2)}\n`,
  );
}

/** Removes the partial signature that a killed process left. */
async function removeUnfinished(dir: string, name: string): Promise<void> {
  const left = (await readdir(dir)).filter((each) => each.startsWith(`${name}.`));
  await Promise.all(left.map(async (each) => await removeTree(join(dir, each))));
}

/** Reads the last line only; `logs verify` checks the lines before it. */
function endOf(auditPath: string, id: string) {
  const file = openSync(auditPath, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!fstatSync(file).isFile()) throw new Error('the audit log is not a file');
    return resumeChain(file, id).head;
  } finally {
    closeSync(file);
  }
}
