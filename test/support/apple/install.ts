import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { DEFAULTS, placeIn, type Place, type Settings } from './settings.ts';

export interface InstalledStandIn extends Place {
  /** Goes first in PATH: `container` and `sw_vers` are there. */
  readonly binDir: string;
  /** Changes what it is from its next call on. */
  configure(settings: Partial<Settings>): Promise<void>;
}

/** Makes the stand-in's programs in a folder of their own: `bin/container`, `bin/sw_vers`, and beside them all that it keeps. */
export async function installAppleStandIn(
  dir: string,
  settings: Partial<Settings> = {},
): Promise<InstalledStandIn> {
  const place = placeIn(dir);
  const binDir = join(dir, 'bin');
  const configure = async (more: Partial<Settings>): Promise<void> =>
    await writeFile(place.settingsPath, JSON.stringify({ ...DEFAULTS, ...more }));
  await Promise.all(
    [binDir, join(dir, 'libexec'), place.stateDir].map(
      async (each) => await mkdir(each, { recursive: true }),
    ),
  );
  await Promise.all([
    bundle(join(import.meta.dirname, 'main.ts'), join(binDir, 'container')),
    bundle(join(import.meta.dirname, 'machine', 'runtime.ts'), place.runtimePath),
    bundle(join(import.meta.dirname, 'sw-vers.ts'), join(binDir, 'sw_vers')),
    configure(settings),
  ]);
  return { ...place, binDir, configure };
}

async function bundle(entryPath: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entryPath],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    define: { PROJECT_FILE: JSON.stringify(import.meta.filename) },
    banner: { js: `#!${process.execPath}` },
  });
  await chmod(outfile, 0o755);
}
