import { execFileSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { DEFAULTS, type Settings } from './settings.ts';

export interface InstalledStandIn {
  /** The folder of `container` and `sw_vers`; goes first in PATH. */
  readonly binDir: string;
  /** A file with a line for each call, with its `args`. */
  readonly logPath: string;
  /** Changes the answers from the next call on. */
  configure(settings: Partial<Settings>): Promise<void>;
}

/**
 * The shell script runs the program, and then replaces itself with the command that the program prints on descriptor 3.
 */
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

/**
 * Docker's firewall drops what Podman's default bridge forwards, and the gateway's machine is on that bridge. Leaves two
 * rules in DOCKER-USER, the chain that Docker leaves to others; they end when Docker's firewall is made anew.
 */
const LET_BRIDGE_PASS = `iptables -n -L DOCKER-USER >/dev/null 2>&1 || exit 0
pass() { iptables -C DOCKER-USER "$@" -j ACCEPT 2>/dev/null || iptables -I DOCKER-USER "$@" -j ACCEPT; }
pass -i podman0 && pass -o podman0 -m conntrack --ctstate RELATED,ESTABLISHED
`;

/** Makes the stand-in's programs in `dir`, `bin/container` and `bin/sw_vers`, with all its data beside them. */
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
  execFileSync('sh', ['-c', LET_BRIDGE_PASS]);
  return { binDir, logPath, configure };
}

async function writeProgram(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  await chmod(path, 0o755);
}
