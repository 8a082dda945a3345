import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { DEFAULTS, type Settings } from './settings.ts';

export interface InstalledStandIn {
  /** Goes first in PATH: `container` and `sw_vers` are there. */
  readonly binDir: string;
  /** A line for each call, with its `args`. */
  readonly logPath: string;
  /** Changes what it answers from its next call on. */
  configure(settings: Partial<Settings>): Promise<void>;
}

/** What the program prints on descriptor 3 is the command that takes its place. */
const container = (programPath: string): string => `#!/bin/sh
export PATH="/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin:/sbin:/bin" PODMAN_IGNORE_CGROUPSV1_WARNING=yes
exec 4>&1
command=$('${process.execPath}' '${programPath}' "$@" 3>&1 >&4 4>&-)
code=$?
exec 4>&-
[ -z "$command" ] || eval "exec $command"
exit $code
`;

const swVers = (macosVersion: string): string => `#!/bin/sh
[ "$*" = -productVersion ] || exit 64
echo '${macosVersion}'
`;

/** Makes the stand-in's programs in a folder of their own: `bin/container`, `bin/sw_vers`, and beside them all that it keeps. */
export async function installAppleStandIn(dir: string): Promise<InstalledStandIn> {
  const [binDir, libexecDir, logPath] = ['bin', 'libexec', 'calls.jsonl'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
  ];
  const programPath = join(libexecDir, 'container.cjs');
  const configure = async (more: Partial<Settings>): Promise<void> => {
    const settings = { ...DEFAULTS, ...more };
    await writeFile(join(dir, 'settings.json'), JSON.stringify(settings));
    await writeProgram(join(binDir, 'sw_vers'), swVers(settings.macosVersion));
  };
  for (const each of [binDir, libexecDir, join(dir, 'state')]) await mkdir(each, { recursive: true });
  await build({
    entryPoints: [join(import.meta.dirname, 'main.ts')],
    outfile: programPath,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
  });
  await writeProgram(join(binDir, 'container'), container(programPath));
  await writeFile(logPath, '');
  await configure({});
  return { binDir, logPath, configure };
}

async function writeProgram(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  await chmod(path, 0o755);
}
