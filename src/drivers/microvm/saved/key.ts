import { createHash } from 'node:crypto';

/** What a machine that was saved is like: one goes on only where all of it is the same. */
export interface Likeness {
  /** This boot of the host: another may have another processor's code, or kernel. */
  readonly bootId: string;
  /** Its VMM's command line, and what that is asked, as for a bottle of no name. */
  readonly command: readonly string[];
  /** Its VMM's program and its kernel: path, size in bytes and time of change in ms. */
  readonly programs: readonly (readonly [path: string, bytes: number, changedMs: number])[];
  /** Of its archive and its base. */
  readonly digests: readonly string[];
  /** Of its other disks, in their order. */
  readonly diskBytes: readonly number[];
}

/** The name of the folder that keeps it. Pure. */
export function savedName(likeness: Likeness): string {
  const digest = createHash('sha256').update(JSON.stringify(likeness)).digest('hex');
  return `${savedPrefix(likeness.bootId)}${digest.slice(0, 24)}`;
}

/** With what the names begin of those that were saved since this boot. Pure. */
export const savedPrefix = (bootId: string): string => `${bootId.slice(0, 8)}-`;
