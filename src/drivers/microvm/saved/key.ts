import { createHash } from 'node:crypto';

/** Properties of a saved machine. It resumes only where all of them are the same. */
export interface Likeness {
  /** This boot of the host. After another, the processor's microcode or the kernel may differ. */
  readonly bootId: string;
  /** The VMM's command line and requests, with a neutral ID in place of a bottle's. */
  readonly command: readonly string[];
  /** The VMM's program and the kernel: path, size in bytes and modification time in ms. */
  readonly programs: readonly (readonly [path: string, bytes: number, changedMs: number])[];
  /** Digests of the archive and the base disk. */
  readonly digests: readonly string[];
  /** Sizes of the other disks, in order. */
  readonly diskBytes: readonly number[];
}

/** Returns the name of the machine's folder in the cache. Pure. */
export function savedName(likeness: Likeness): string {
  const digest = createHash('sha256').update(JSON.stringify(likeness)).digest('hex');
  return `${savedPrefix(likeness.bootId)}${digest.slice(0, 24)}`;
}

/** Returns the prefix of the names of machines saved since this boot. Pure. */
export const savedPrefix = (bootId: string): string => `${bootId.slice(0, 8)}-`;
