import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { BottleRecord } from '../../bottle/record.ts';
import { bottlePaths } from '../../bottle/store.ts';
import { findProcessesOf } from '../../host/processes.ts';
import { run } from '../../host/run.ts';

/** What is there of a bottle that should be no more. */

/** The arguments of every process that this user sees. */
export function allArguments(): string {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => textAt(`/proc/${pid}/cmdline`))
    .join('\n');
}

function textAt(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

const ENGINE_LISTS = [
  ['ps', '--all', '--no-trunc', '--format', '{{.Names}}'],
  ['network', 'ls', '--format', '{{.Name}}'],
  ['volume', 'ls', '--format', '{{.Name}}'],
];
const FOLDERS = ['/tmp', '/var/tmp', '/dev/shm', '/run'];

/** Whatever carries the bottle's id: its folder, processes, mounts, temporary files, tables, and what its engine knows. */
export async function leftOf({ id, spec }: BottleRecord): Promise<string[]> {
  const { dir } = bottlePaths(id);
  const { engine } = spec.rung;
  const folders = [dirname(dir), ...FOLDERS].filter((folder) => existsSync(folder));
  const named = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.includes(id))
      .map((name) => `${folder}/${name}`),
  );
  const mounts = textAt('/proc/self/mountinfo').includes(id) ? ['a mount'] : [];
  const processes = findProcessesOf(id).map(({ pid }) => `process ${pid}`);
  const listed = await Promise.all(
    isContainerEngine(engine) ? ENGINE_LISTS.map(async (list) => await namesIn(engine, list)) : [],
  );
  const known = listed.flat().filter((name) => name.includes(id));
  const tables = (await run('nft', ['list', 'tables'])).stdout.includes(id) ? ['an nft table'] : [];
  return [...named, ...mounts, ...processes, ...known, ...tables];
}

const isContainerEngine = (engine: string): boolean => ENGINES_WITH_LISTS.includes(engine);
const ENGINES_WITH_LISTS = ['docker', 'podman'];

const namesIn = async (engine: string, list: readonly string[]): Promise<string[]> =>
  (await run(engine, list)).stdout.split('\n');

/** Ends the gateway of a bottle without a word. False where none was found. */
export async function killGateway({ id, resources }: BottleRecord): Promise<boolean> {
  const pids = findProcessesOf(id)
    .map(({ pid }) => pid)
    .filter((pid) => textAt(`/proc/${pid}/cmdline`).includes('gateway.cjs'));
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  const beside = resources.flatMap((one) =>
    one.kind === 'container' && one.name.includes('gateway') ? [one] : [],
  );
  for (const { engine, name } of beside) await run(engine, ['kill', name]);
  return pids.length + beside.length > 0;
}
