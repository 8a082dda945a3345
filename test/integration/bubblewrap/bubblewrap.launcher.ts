import { readFileSync } from 'node:fs';
import { collect, openTestBottle } from './bubblewrap.bottle.ts';
import type { ProcessIdentity } from '../../../src/host/processes.ts';

/**
 * A separate launcher, to kill or to detach from: `bubblewrap.launcher.ts hold|detach|prepare ARGUMENTS`. Prints a line
 * of JSON once the bottle exists: its id, its folder, its first program.
 */

export interface Launched {
  readonly id: string;
  readonly runDir: string;
  readonly init: ProcessIdentity;
}

const [mode, ...argv] = process.argv.slice(2);
const bottle = await openTestBottle({ spec: { argv, tty: mode === 'detach' } });
const { id, runDir } = bottle.spec;
const streams = collect({});
if (mode !== 'prepare') {
  const session = await bottle.prepared.launch({ tty: bottle.spec.tty, ...streams.io });
  if (mode === 'detach') await session.detach();
}
const init = JSON.parse(readFileSync(`${runDir}/init.json`, 'utf8')) as ProcessIdentity;
process.stdout.write(`${JSON.stringify({ id, runDir, init } satisfies Launched)}\n`);
if (mode === 'detach') process.kill(process.pid, 'SIGKILL');
setInterval(() => undefined, 1000);
