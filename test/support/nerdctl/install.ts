import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { endContainerd, startContainerd } from './containerd/daemon.ts';
import { noteOwner, removeLeft } from './left.ts';
import { DEFAULTS, placeIn, type Settings } from './settings.ts';

export interface InstalledNerdctl {
  /** Goes first in PATH: `nerdctl` is there. */
  readonly binDir: string;
  /** A line for each call that has begun, and for each that has ended. */
  readonly logPath: string;
  /** Changes what it is from its next call on. */
  configure(settings: Partial<Settings>): Promise<void>;
  /** Ends its containers and its containerd, and takes away all that it made. */
  remove(): Promise<void>;
}

/** Makes the stand-in in a folder of its own, `bin/nerdctl`, and starts a containerd beside it. Needs root. */
export async function installNerdctl(
  dir: string,
  settings: Partial<Settings> = {},
): Promise<InstalledNerdctl> {
  await removeLeft();
  const place = placeIn(dir);
  const binDir = join(dir, 'bin');
  const configure = async (more: Partial<Settings>): Promise<void> =>
    await writeFile(place.settingsPath, JSON.stringify({ ...DEFAULTS, ...more }));
  await Promise.all([binDir, place.dataDir].map(async (each) => await mkdir(each, { recursive: true })));
  const forget = noteOwner(dir);
  await Promise.all([bundle(join(binDir, 'nerdctl')), configure(settings), startContainerd(place)]);
  const remove = async (): Promise<void> => {
    await endContainerd(place);
    forget();
  };
  return { binDir, logPath: place.logPath, configure, remove };
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
