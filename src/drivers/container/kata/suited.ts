import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../../host/programs.ts';
import { hostVariable } from '../../../host/env.ts';
import { run } from '../../../host/run.ts';
import { isMissing, type Missing } from '../../engine/missing.ts';
import { hostFault, readKataHost } from './host.ts';
import { findKata, RUNTIME_VARIABLE, type KataRuntime, type Registered } from './registered.ts';
import { ANYWAY_VARIABLE, versionFault } from './version.ts';

/** Whether Docker and this host can run Kata: all that can be seen before anything starts. */

const LOOK_TIMEOUT_MS = 5_000;

/** Kata as it is to be used; why it cannot be; or undefined where Docker has none. */
export async function suitedKata(
  registered: Registered,
  docker: string,
): Promise<KataRuntime | Missing | undefined> {
  const kata = findKata(registered, hostVariable(RUNTIME_VARIABLE));
  if (kata === undefined || isMissing(kata)) return kata;
  const said = await shimSays(kata.shim);
  const versions = { said, shim: kata.shim, docker, anyway: hostVariable(ANYWAY_VARIABLE) === '1' };
  return versionFault(versions) ?? hostFault(readKataHost(kata.configPath, said)) ?? kata;
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
