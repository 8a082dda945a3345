import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Owner } from '../../drivers/driver.ts';
import { reasonOf } from '../../errors.ts';
import { spawnProgram } from '../../host/run.ts';
import type { Side } from '../arena/arena.ts';
import { openOpenProxy } from '../arena/listeners/open-proxy.ts';
import { ATTACK_PROGRAM } from '../arena/programs.ts';
import type { Targets } from '../arena/targets.ts';
import { asOwner } from '../arena/victims.ts';

/** All attempts have deadlines of their own; together they come to this on the slowest host. */
const DEADLINE_MS = 240_000;

/** Node by a descriptor that it inherits: root's own, in a home that nobody else may enter, runs as another user by no path. */
export const INHERITED_NODE = '/proc/self/fd/3';

/** A plain process's run of the attempts: its environment, as an agent's without a bottle, and who it is. */
export interface OpenRun {
  readonly side: Side;
  readonly targets: Targets;
  readonly owner: Owner;
  /** What the launcher's environment holds, and so every program that is started from it. */
  readonly env: Readonly<Record<string, string>>;
  /** A descriptor of ours that it has open too, as whoever started it. */
  readonly descriptor: number;
  /** Ends it. */
  readonly signal?: AbortSignal;
  /** The Node to run it with; this one, if not said. */
  readonly nodePath?: string;
}

/** The control: the same program, as a plain process of this host. Settles when it has ended. Gives why it failed, if it did. */
export async function attackInTheOpen(run: OpenRun): Promise<string | undefined> {
  const { side, targets, owner, env, descriptor, signal, nodePath = process.execPath } = run;
  const address = targets.addresses.ip4[0] ?? '127.0.0.1';
  await using proxy = await openOpenProxy(address);
  const targetsPath = join(side.programDir, 'targets.json');
  await writeFile(targetsPath, JSON.stringify(targets), { mode: 0o644 });
  await using node = await open(nodePath);
  const child = spawnProgram(INHERITED_NODE, [join(side.programDir, ATTACK_PROGRAM), targetsPath], {
    env: { ...env, HTTP_PROXY: proxy.url },
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe', node.fd, descriptor],
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
    ...(signal === undefined ? {} : { signal }),
    ...asOwner(owner),
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return await new Promise((resolve) => {
    child.on('error', (error) => resolve(reasonOf(error)));
    child.on('close', (code) =>
      resolve(code === 0 ? undefined : said.trim().slice(-500) || `exit code ${code}`),
    );
  });
}
