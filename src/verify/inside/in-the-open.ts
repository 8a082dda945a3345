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

/** Timeout in milliseconds: attempts have separate deadlines, and add up to this on the slowest host. */
const DEADLINE_MS = 240_000;

/**
 * Node by an inherited descriptor: if root's Node is in a home that others cannot enter, another user cannot run it by
 * any path.
 */
export const INHERITED_NODE = '/proc/self/fd/3';

/**
 * A run of the attempts as a plain process: its owner, and the environment that an agent without a bottle would have.
 */
export interface OpenRun {
  readonly side: Side;
  readonly targets: Targets;
  readonly owner: Owner;
  /** The variables of the launcher's environment, which every program started from it inherits. */
  readonly env: Readonly<Record<string, string>>;
  /** A descriptor of this process that it inherits, as from any process that started it. */
  readonly descriptor: number;
  /** Aborts the run. */
  readonly signal?: AbortSignal;
  /** The Node to run it with; by default the one that runs this process. */
  readonly nodePath?: string;
}

/**
 * Runs the same program as a plain process of this host, as the control. Returns why it failed; undefined if it did
 * not.
 */
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
