import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { LaunchCheck, RuntimeName, Boundary, NetworkForm } from '../../drivers/driver.ts';
import { BottleError } from '../../errors.ts';
import type { Policy } from '../../gateway/config.ts';
import { writeFileAtomic } from '../../host/files.ts';
import type { StartOnly } from '../policy-change/start-only.ts';

/** A program from a package registry, pinned and recorded. */
export interface InstalledProgram {
  /** `package@version` */
  readonly name: string;
  /** Digest over the path, permissions and content of every installed file: see workspace/tree-digest.ts. */
  readonly digest: string;
}

/** A policy that `policy set` gave a running bottle. */
export interface PolicyChange {
  /** ISO 8601. */
  readonly at: string;
  readonly manifestDigest: string;
  readonly policy: Policy;
  /** Number of closed connections; null if unknown: the disk was full, or the gateway has not answered yet. */
  readonly closed: number | null;
}

/** The inputs of a start, and what bot-bottle read back from the system: one JSON file per bottle. */
export interface Receipt {
  readonly version: 1;
  readonly id: string;
  readonly agent: string;
  readonly bottle: string;
  readonly botBottleVersion: string;
  readonly manifestDigest: string;
  readonly rung: {
    readonly runtime: RuntimeName;
    readonly engine: string;
    readonly boundary: Boundary;
    readonly networkForm: NetworkForm;
  };
  /** Versions that the check of the rung found, and settings that the driver read back from this bottle. */
  readonly evidence: Readonly<Record<string, string>>;
  readonly imageDigest: string;
  readonly gatewayDigest: string;
  /** The agent's program, if bot-bottle installed it. */
  readonly agentProgram: InstalledProgram | null;
  readonly skills: readonly { readonly name: string; readonly digest: string }[];
  readonly policy: Policy;
  /** Settings that `policy set` cannot change. */
  readonly startOnly: StartOnly;
  /** The gateway also let out requests that no rule covers. */
  readonly learns?: true;
  /** Policies that replaced `policy` while the bottle ran, oldest first. */
  readonly policyChanges?: readonly PolicyChange[];
  readonly launchChecks: readonly LaunchCheck[];
  readonly times: { readonly startedAt: string; readonly runningAt: string };
}

/** `sha256:<hex>` of a file. */
export async function digestOfFile(path: string): Promise<string> {
  return `sha256:${createHash('sha256')
    .update(await readFile(path))
    .digest('hex')}`;
}

/**
 * Reads the receipt of a bottle that runs or has run.
 * @throws Error if it does not exist
 * @throws BottleError `dependencyMissing` if it is damaged
 */
export async function readReceipt(path: string): Promise<Receipt> {
  const text = await readFile(path, 'utf8');
  try {
    const receipt = JSON.parse(text) as Partial<Receipt> | null;
    // Checks only for damage by a full disk or by hand: the file is bot-bottle's own.
    if (Array.isArray(receipt?.policy?.allow)) return receipt as Receipt;
  } catch {
    // Handled below.
  }
  throw new BottleError(
    'dependencyMissing',
    `the receipt ${path} is damaged: it does not say what its bottle was given`,
    {
      fix: 'put it back from a backup; or stop the bottle, if it runs, and start another',
    },
  );
}

/** Writes the receipt: before the agent runs, and after a change of its policy. */
export async function writeReceipt(path: string, receipt: Receipt): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(receipt, null, 2)}\n`);
}
