import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { BottleRecord } from '../../bottle/state/record.ts';
import { bottlePaths } from '../../bottle/state/store.ts';
import { driverOf } from '../../drivers/index.ts';
import type { Rung } from '../../drivers/driver.ts';
import { readKernelFile } from '../../host/system/kernel-file.ts';
import { argumentsOf, everyPid, findProcessesOf } from '../../host/processes.ts';
import { run, runOrThrow } from '../../host/run.ts';

/** Finds what is left of a bottle after its end. */

/** Returns the arguments of every process that this user can see. */
export function allArguments(): string {
  return everyPid()
    .filter((pid) => pid !== process.pid)
    .map((pid) => argumentsOf(pid).join('\0'))
    .join('\n');
}

const ENGINE_LISTS = [
  ['ps', '--all', '--no-trunc', '--format', '{{.Names}}'],
  ['network', 'ls', '--format', '{{.Name}}'],
  ['volume', 'ls', '--format', '{{.Name}}'],
];
const FOLDERS = ['/tmp', '/var/tmp', '/dev/shm', '/run'];

/**
 * Returns what carries the bottle's id: its folder, processes, mounts, temporary files, nftables tables, and what its
 * engine lists.
 * @throws BottleError `dependencyMissing` when the engine's program cannot list them
 */
export async function leftOf({ id, spec }: BottleRecord): Promise<string[]> {
  const { dir } = bottlePaths(id);
  const folders = [dirname(dir), ...FOLDERS].filter((folder) => existsSync(folder));
  const named = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.includes(id))
      .map((name) => `${folder}/${name}`),
  );
  const mounts = readKernelFile('/proc/self/mountinfo')?.includes(id) === true ? ['a mount'] : [];
  const processes = findProcessesOf(id).map(({ pid }) => `process ${pid}`);
  const listed = await askEngine(spec.rung, ENGINE_LISTS);
  const known = listed.flatMap((names) => names.split('\n')).filter((name) => name.includes(id));
  return [...named, ...mounts, ...processes, ...known, ...(await tableOf(id, spec.rung))];
}

/** Returns the engine's answer to each command; empty if the bottle has no engine. */
async function askEngine(rung: Rung, questions: readonly (readonly string[])[]): Promise<string[]> {
  const [program, ...options] = (await driverOf(rung).engineCommand?.(rung)) ?? [];
  if (program === undefined) return [];
  return await Promise.all(
    questions.map(async (question) => await runOrThrow(program, [...options, ...question])),
  );
}

async function tableOf(id: string, rung: Rung): Promise<string[]> {
  const table = driverOf(rung).hostNames(id)?.dropTable;
  if (table === undefined) return [];
  // Without nft, or the right to list tables, this finds none; the code that removes tables reports its own failures.
  return (await run('nft', ['list', 'tables'])).stdout.includes(table) ? [`nft table ${table}`] : [];
}

/** Kills the gateway of a bottle without warning. Returns false if it found none. */
export async function killGateway({ id, spec, resources }: BottleRecord): Promise<boolean> {
  const pids = findProcessesOf(id)
    .map(({ pid }) => pid)
    .filter((pid) => argumentsOf(pid).some((argument) => argument.includes('gateway.cjs')));
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  const gatewayName = driverOf(spec.rung).hostNames(id)?.gatewayContainer;
  const beside = resources.some(
    ({ kind, ...one }) => kind === 'container' && 'name' in one && one.name === gatewayName,
  );
  if (beside) await askEngine(spec.rung, [['kill', gatewayName ?? '']]);
  return pids.length > 0 || beside;
}
