import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { endContainerd, startContainerd } from './daemon.ts';
import { noteOwner, removeLeft } from './left.ts';
import { pathsIn, type Settings } from './settings.ts';

export interface InstalledNerdctl {
  /** The folder of `nerdctl`; goes first in PATH. */
  readonly binDir: string;
  /** Replaces the settings, from the next call on. */
  configure(settings: Partial<Settings>): Promise<void>;
  /** Ends its containers and its containerd, and removes everything that it made. */
  remove(): Promise<void>;
}

/** Makes the stand-in in `dir`, `bin/nerdctl`, and starts a containerd beside it. Needs root. */
export async function installNerdctl(dir: string): Promise<InstalledNerdctl> {
  await removeLeft();
  const paths = pathsIn(dir);
  const binDir = join(dir, 'bin');
  const configure = async (settings: Partial<Settings>): Promise<void> =>
    await writeFile(paths.settings, JSON.stringify(settings));
  await mkdir(binDir, { recursive: true });
  const forget = noteOwner(dir);
  await Promise.all([bundle(join(binDir, 'nerdctl')), configure({}), startContainerd(paths)]);
  const remove = async (): Promise<void> => {
    await endContainerd(paths);
    forget();
  };
  return { binDir, configure, remove };
}

async function bundle(outfile: string): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, 'main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    banner: { js: `#!${process.execPath}` },
  });
  await chmod(outfile, 0o755);
}
