import { readlinkSync } from 'node:fs';
import { run } from '../../../src/host/run.ts';
import type { Home } from '../home.ts';
import { keepersOf, processesWith } from '../traces.ts';
import { namesInMemory } from './memory.ts';
import { namesIn, type Needle } from './needles.ts';

/** Searches a running bottle for secrets: each function returns a line for each needle that it finds. */

/** Reads every file inside that was written since the bottle began, and what every process there shows of itself. */
const READ_ALL = `find / \\( -path /proc -o -path /sys \\) -prune -o -type f -newerct "@$1" -print0 2>/dev/null |
  xargs -0 --no-run-if-empty cat 2>/dev/null
cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline /proc/[0-9]*/status 2>/dev/null
env`;

/** Searches inside, as the agent's user. */
export async function lookInside(
  home: Home,
  id: string,
  { sinceMs, needles }: { readonly sinceMs: number; readonly needles: readonly Needle[] },
): Promise<string[]> {
  const child = home.spawn(['exec', id, '--', 'sh', '-c', READ_ALL, 'sh', String(sinceMs / 1000)]);
  child.stdin?.end();
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout ?? []) chunks.push(chunk as Buffer);
  return namesIn(Buffer.concat(chunks), needles).map((name) => `inside: ${name}`);
}

/** The processes of a bottle: its own with its engine's, and its gateway's. */
export interface BottleProcesses {
  readonly bottle: readonly number[];
  readonly gateway: readonly number[];
}

/** Returns the processes that this host shows; `launcher` belongs to neither list. */
export async function processesOf(id: string, launcher: number | undefined): Promise<BottleProcesses> {
  const words = [id, ...(await containersOf(id))];
  const marked = processesWith(words);
  const pids = new Set([
    ...marked.map(({ pid }) => pid),
    ...keepersOf(words).processes.map(({ pid }) => pid),
  ]);
  const gateway = marked.filter(({ text }) => text.includes('gateway.cjs')).map(({ pid }) => pid);
  const outside = new Set([...gateway, launcher, process.pid]);
  return { bottle: [...pids].filter((pid) => !outside.has(pid)), gateway };
}

/** Searches the memory of processes. Stops each process meanwhile, because a garbage collector moves what it holds. */
export function lookInMemory(pids: readonly number[], needles: readonly Needle[]): string[] {
  return pids.flatMap((pid) => {
    const stands = signal(pid, 'SIGSTOP');
    const names = namesInMemory(pid, needles);
    if (stands) signal(pid, 'SIGCONT');
    return names.map((name) => `memory of ${pid}: ${name}`);
  });
}

/** Skips gVisor's own processes: they trace their programs with signals. */
function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return !readlinkSync(`/proc/${pid}/exe`).includes('runsc') && process.kill(pid, name);
  } catch {
    return false; // it has ended
  }
}

/** Searches what the engine reports about the bottle's containers. */
export async function lookAtContainers(id: string, needles: readonly Needle[]): Promise<string[]> {
  const containers = await containersOf(id);
  const { stdout } = await run('docker', ['inspect', ...containers]);
  return namesIn(Buffer.from(stdout), needles).map((name) => `docker inspect: ${name}`);
}

async function containersOf(id: string): Promise<string[]> {
  const { stdout } = await run('docker', ['ps', '--all', '--no-trunc', '--quiet', '--filter', `name=${id}`]);
  return stdout.split('\n').filter((line) => line !== '');
}
