import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { digestOfFile, type Receipt } from '../../bottle/state/receipt.ts';
import type { RungCheck } from '../../drivers/driver.ts';
import { BottleError } from '../../errors.ts';
import { packageRoot } from '../../host/paths.ts';
import { programDirs } from '../arena/programs.ts';
import type { Probe } from '../probes/probe.ts';
import type { VerifyReport } from '../report.ts';
import type { Bound, BoundRung } from './payload.ts';

/**
 * Computes what a report is bound to. The digests of manifest, image and gateway come from the bottle's own receipt.
 */

export interface SuiteFile {
  /** Relative to its folder, with slashes. */
  readonly path: string;
  readonly content: Uint8Array;
}

/** The probes, and the programs that run them in a bottle. */
export interface Suite {
  readonly digest: string;
  readonly probes: readonly string[];
}

/** Returns the suite of this installation. @throws as `programDirs`, `readSuiteFiles` */
export async function suiteOf(records: readonly Probe[]): Promise<Suite> {
  const files = (await Promise.all(programDirs(['verify']).map(readSuiteFiles))).flat();
  return { digest: digestOfSuite(records, files), probes: records.map(({ id }) => id) };
}

/**
 * Returns `sha256:<hex>` over the records of the probes and the programs that run them. It does not depend on the order
 * of records, members and files, nor on permissions, which differ between installations.
 */
export function digestOfSuite(records: readonly Probe[], files: readonly SuiteFile[]): string {
  // One line of JSON for each, so that no two sets of entries give the same text.
  const lines = [
    ...records.map((record) => JSON.stringify(['probe', record], withSortedKeys)),
    ...files.map(({ path, content }) => JSON.stringify(['file', path, sha256(content)])),
  ];
  return sha256(Buffer.from(lines.sort().join('\n')));
}

const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** A replacer for JSON.stringify that sorts keys. */
function withSortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Reads all files of a folder of programs and its subfolders.
 * @throws BottleError `dependencyMissing` when it is unreadable or empty, or contains something other than files and
 * folders
 */
export async function readSuiteFiles(dir: string): Promise<SuiteFile[]> {
  const fail = (what: string): BottleError =>
    new BottleError('dependencyMissing', `${dir} ${what}`, { fix: 'install bot-bottle again' });
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new BottleError('dependencyMissing', `${dir} cannot be read`, {
      fix: 'install bot-bottle again',
      cause,
    });
  });
  const odd = entries.find((entry) => !entry.isFile() && !entry.isDirectory());
  if (odd !== undefined) throw fail(`contains something that is neither a file nor a folder: ${odd.name}`);
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  if (paths.length === 0) throw fail('is empty');
  return await Promise.all(
    paths.map(async (path) => ({
      path: relative(dir, path).replaceAll(sep, '/'),
      content: await readFile(path),
    })),
  );
}

/** Returns the digest of the gateway's program here, as in a bottle's receipt; undefined if it is not built. */
export async function gatewayDigestHere(): Promise<string | undefined> {
  return await digestOfFile(join(packageRoot(), 'dist', 'gateway.cjs')).catch(() => undefined);
}

/** An attacked bottle, and the check of its rung before. */
export interface AttackedBottle {
  readonly receipt: Receipt;
  readonly look: Pick<RungCheck, 'evidence'>;
}

/**
 * Returns what the report is bound to. Compute the suite's digest before the first attack. Takes the version and the
 * user's bottle from the report.
 * @throws BottleError `verifyFailed` when the bottles did not all use the same version and gateway
 */
export function boundOf(
  { botBottleVersion: version, bottle }: Pick<VerifyReport, 'botBottleVersion' | 'bottle'>,
  suite: Suite,
  bottles: readonly AttackedBottle[],
): Bound {
  const gateways = new Set(bottles.map(({ receipt }) => receipt.gatewayDigest));
  const versions = new Set([version, ...bottles.map(({ receipt }) => receipt.botBottleVersion)]);
  if (versions.size > 1 || gateways.size > 1) {
    throw new BottleError('verifyFailed', 'bot-bottle was changed while it was being verified', {
      details: [`versions: ${[...versions].join(', ')}`, `gateways: ${[...gateways].join(', ')}`],
      fix: 'run bot-bottle verify again',
    });
  }
  return {
    botBottleVersion: version,
    suiteDigest: suite.digest,
    suiteProbes: suite.probes,
    gatewayDigest: [...gateways][0] ?? null,
    rungs: bottles.map(boundRung),
    ...(bottle === undefined ? {} : { bottle: { name: bottle.name, manifestDigest: bottle.manifestDigest } }),
  };
}

const boundRung = ({ receipt, look }: AttackedBottle): BoundRung => ({
  runtime: receipt.rung.runtime,
  engine: receipt.rung.engine,
  networkForm: receipt.rung.networkForm,
  manifestDigest: receipt.manifestDigest,
  imageDigest: receipt.imageDigest,
  look: look.evidence,
});
