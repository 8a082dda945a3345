import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../host/system/programs.ts';
import { run } from '../../host/run.ts';

/** Kata's program for containerd, which makes a machine for each container. */

const LOOK_TIMEOUT_MS = 5_000;

/** The name of the shim of a runtime `io.containerd.NAME.vN`, as containerd derives it; undefined for other names. */
export function shimProgram(runtimeType: string): string | undefined {
  const [, name, version] = /^io\.containerd(?:\.[\w-]+)*\.([\w-]+)\.(v\d+)$/.exec(runtimeType) ?? [];
  return name === undefined || version === undefined ? undefined : `containerd-shim-${name}-${version}`;
}

/** The folders of Kata's releases, which are in no PATH: the runtime in Rust of 4.x, and the one in Go. */
const FOLDERS = ['/opt/kata/runtime-rs/bin', '/opt/kata/bin'];

/** A shim of Kata on this host, registered or not: in PATH, else in the folders of releases. */
export function installedShim(folders: readonly string[] = FOLDERS, find = findProgram): string | undefined {
  return find(SHIM) ?? whereReleasesLie(SHIM, folders);
}

const SHIM = 'containerd-shim-kata-v2';

const whereReleasesLie = (name: string, folders: readonly string[] = FOLDERS): string | undefined =>
  folders.map((folder) => join(folder, name)).find((path) => existsSync(path));

/**
 * A shim's output of `--version`; empty if it fails. A path means exactly that program, not another of the same name.
 */
export async function shimSays(shim: string): Promise<string> {
  const program = shim.startsWith('/') ? shim : (findProgram(shim) ?? whereReleasesLie(shim) ?? shim);
  const { exitCode, stdout } = await run(program, ['--version'], { timeoutMs: LOOK_TIMEOUT_MS });
  return exitCode === 0 ? stdout.trim() : '';
}
