import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { link, readFile, rm, readdir } from 'node:fs/promises';
import { join, basename } from 'node:path';
import { BottleError, errnoOf, reasonOf } from '../../errors.ts';
import { readTextIfThere, writeFileAtomic, removeTree } from '../../host/files.ts';
import { stateDir } from '../../host/paths.ts';
import { keyId, signStatement } from './signature.ts';
import { closeSync, constants, existsSync, fstatSync, openSync } from 'node:fs';
import { resumeChain } from '../../gateway/audit/resume.ts';
import { digestOfFile } from '../state/receipt.ts';
import { bottlePaths } from '../state/store.ts';

/** The key with which this installation signs the logs of its bottles. No gateway and no bottle can read it. */

const signingKeyPath = (): string => join(stateDir(), 'log-signing-key.pem');

/** The private key; created on first use. @throws BottleError as `writing`, and as `publicKey` */
export async function signingKey(): Promise<KeyObject> {
  return (await readKey()) ?? (await makeKey());
}

/**
 * The public key, or undefined if nothing has been signed yet.
 * @throws BottleError `dependencyMissing` if the key file is damaged
 */
export async function publicKey(): Promise<KeyObject | undefined> {
  const key = await readKey();
  return key === undefined ? undefined : createPublicKey(key);
}

/** The public key for other installations; created if nothing has been signed yet. @throws as `signingKey` */
export async function publicKeyForOthers(): Promise<{ readonly key: string; readonly pem: string }> {
  const key = createPublicKey(await signingKey());
  return { key: keyId(key), pem: key.export({ type: 'spki', format: 'pem' }).toString() };
}

/** Reads a public key in PEM from a file of the user. @throws BottleError `usage` if unreadable, or not Ed25519 */
export async function readPublicKey(path: string): Promise<KeyObject> {
  const fix = 'bot-bottle logs key, on the host whose log it is, prints the right one';
  let pem: string;
  try {
    pem = await readFile(path, 'utf8');
  } catch (error) {
    throw new BottleError('usage', `${path} cannot be read: ${reasonOf(error)}`, { fix, cause: error });
  }
  const key = tryPublicKey(pem);
  if (key?.asymmetricKeyType === 'ed25519') return key;
  throw new BottleError('usage', `${path} is not a public key of Ed25519 in PEM`, { fix });
}

function tryPublicKey(pem: string): KeyObject | undefined {
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}

async function readKey(): Promise<KeyObject | undefined> {
  const path = signingKeyPath();
  const pem = await readTextIfThere(path);
  if (pem === undefined) return undefined;
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new BottleError('dependencyMissing', `${path} is not a private key`, {
      fix: 'restore it from a backup; or remove it to get a new key, which does not verify older logs',
      cause,
    });
  }
}

/** Links the complete file into place: two simultaneous launchers both sign with the key of the first. */
async function makeKey(): Promise<KeyObject> {
  const path = signingKeyPath();
  const { privateKey } = generateKeyPairSync('ed25519');
  const own = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFileAtomic(own, privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o600);
  try {
    await link(own, path);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  } finally {
    await rm(own, { force: true });
  }
  return (await readKey()) ?? privateKey;
}

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
