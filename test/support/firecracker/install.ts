import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { readPublished } from './published.ts';

/** Makes the stand-in's program in a folder, one file named `firecracker`, and returns its path. */
export async function installStandIn(dir: string): Promise<string> {
  const path = join(dir, 'firecracker');
  await build({
    entryPoints: [join(import.meta.dirname, 'main.ts')],
    outfile: path,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    define: { DESCRIPTION: JSON.stringify(readPublished()) },
    banner: { js: `#!${process.execPath}` },
  });
  await chmod(path, 0o755);
  return path;
}
