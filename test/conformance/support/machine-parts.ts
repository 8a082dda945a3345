import { join } from 'node:path';
import { ensureKernel } from '../../../src/drivers/microvm/guest/kernel/kernel.ts';
import { ensureImageDisk } from '../../../src/drivers/microvm/image.ts';
import { cacheDir } from '../../../src/host/paths.ts';
import { runOrThrow } from '../../../src/host/run.ts';

/**
 * Makes the parts of all machines once for this host, and copies them into the private cache of a program under test.
 * Engines keep their images between programs, but a machine's disk and kernel lie in the user's cache.
 */
export async function copyMachineParts(ownCacheDir: string): Promise<void> {
  const work = { progress: () => undefined, signal: new AbortController().signal };
  await ensureImageDisk({ kind: 'default' }, work);
  await ensureKernel(work);
  await runOrThrow('mkdir', ['--parents', ownCacheDir]);
  const parts = ['bases', 'kernels'].map((name) => join(cacheDir(), name));
  await runOrThrow('cp', ['--recursive', '--reflink=auto', ...parts, ownCacheDir], { timeoutMs: 120_000 });
}
