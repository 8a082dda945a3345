import { spawnSync } from 'node:child_process';
import { Failure } from './failure.ts';
import type { Paths } from './settings.ts';

/** Calls containerd's own client, ctr(8), for all work with containers. */

/** Returns the command line of a call. Pure. */
export const ctrCall = ({ socket }: Pick<Paths, 'socket'>, args: readonly string[]): readonly string[] => [
  'ctr',
  '--address',
  socket,
  '--namespace',
  'default',
  ...args,
];

/** Makes a call, and returns its standard output. @throws Failure with ctr's error */
export function ctr(paths: Pick<Paths, 'socket'>, args: readonly string[]): string {
  const [program = '', ...rest] = ctrCall(paths, args);
  const { status, stdout, stderr } = spawnSync(program, rest, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (status !== 0) throw new Failure(stderr.replace(/^ctr: /, '').trim());
  return stdout;
}

export interface Task {
  readonly pid: number;
  /** In containerd's words: `running`, `stopped`. */
  readonly status: string;
}

/** Returns the task of a container; undefined if it has none. @throws Failure */
export function findTask(paths: Paths, id: string): Task | undefined {
  const line = new RegExp(`^${id}\\s+(\\d+)\\s+(\\w+)`, 'm').exec(ctr(paths, ['tasks', 'ls']));
  return line === null ? undefined : { pid: Number(line[1]), status: (line[2] ?? '').toLowerCase() };
}
