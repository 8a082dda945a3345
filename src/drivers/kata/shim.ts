import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../host/system/programs.ts';
import { run } from '../../host/run.ts';

/** Kata's program for containerd, which makes a machine for each container. */

const LOOK_TIMEOUT_MS = 5_000;

/** What containerd calls the shim of a runtime `io.containerd.NAME.vN`; undefined for other names. */
export function shimProgram(runtimeType: string): string | undefined {
  const [, name, version] = /^io\.containerd(?:\.[\w-]+)*\.([\w-]+)\.(v\d+)$/.exec(runtimeType) ?? [];
  return name === undefined || version === undefined ? undefined : `containerd-shim-${name}-${version}`;
}

/** Where releases of Kata lie, which is in nobody's PATH: the runtime in Rust of 4.x, and the one in Go. */
const FOLDERS = ['/opt/kata/runtime-rs/bin', '/opt/kata/bin'];

/** A shim of Kata's on this host, registered or not: in PATH, else where releases lie. */
export function installedShim(folders: readonly string[] = FOLDERS, find = findProgram): string | undefined {
  return find(SHIM) ?? whereReleasesLie(SHIM, folders);
}

const SHIM = 'containerd-shim-kata-v2';

const whereReleasesLie = (name: string, folders: readonly string[] = FOLDERS): string | undefined =>
  folders.map((folder) => join(folder, name)).find((path) => existsSync(path));

/** What it prints on `--version`; of a path exactly that program, whatever else has its name. Empty where it fails. */
export async function shimSays(shim: string): Promise<string> {
  const program = shim.startsWith('/') ? shim : (findProgram(shim) ?? whereReleasesLie(shim) ?? shim);
  const { exitCode, stdout } = await run(program, ['--version'], { timeoutMs: LOOK_TIMEOUT_MS });
  return exitCode === 0 ? stdout.trim() : '';
}
