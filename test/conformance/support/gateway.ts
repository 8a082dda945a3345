import { readFileSync } from 'node:fs';
import { containerName } from '../../../src/drivers/container/names.ts';
import { run, runOrThrow } from '../../../src/host/run.ts';
import { processesWith } from '../../support/traces.ts';
import type { RungUnderTest } from './rung.ts';

/** Returns the process that runs a bottle's gateway, as the host sees it. */
export async function gatewayPid(
  { networkForm, engine }: Pick<RungUnderTest, 'networkForm' | 'engine'>,
  bottleId: string,
): Promise<number> {
  const candidates =
    networkForm === 'bridge'
      ? await pidsOfContainer(engine, containerName(bottleId, 'gateway'))
      : processesWith([bottleId]).map(({ pid }) => pid);
  const pid = candidates.find((candidate) => /^[^\0]*node\0.*gateway\.cjs/.test(commandLine(candidate)));
  if (pid === undefined) throw new Error(`no gateway process of ${bottleId} among ${candidates.join(', ')}`);
  return pid;
}

/** The container's first process and its children: a gateway has no others. */
async function pidsOfContainer(engine: string, name: string): Promise<number[]> {
  const first = (await runOrThrow(engine, ['inspect', '--format', '{{.State.Pid}}', name])).trim();
  const children = await run('ps', ['--ppid', first, '-o', 'pid=']);
  return [first, ...children.stdout.trim().split(/\s+/)].map(Number);
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
