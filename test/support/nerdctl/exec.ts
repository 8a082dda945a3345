import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { constants } from 'node:os';
import { pipesDir, requireContainer } from './containers.ts';
import { ctrCall } from './ctr.ts';
import { Failure } from './failure.ts';
import type { Call } from './flags.ts';
import { hasFault, type Paths, type Settings } from './settings.ts';

/** `nerdctl exec`: exits with code 1 if the program fails with any code (pkg/cmd/container/exec.go). @throws Failure */
export async function exec(paths: Paths, call: Call, settings: Settings): Promise<string> {
  const [name = '', ...argv] = call.rest;
  const { id } = requireContainer(paths, name);
  const dir = pipesDir(paths, id);
  mkdirSync(dir, { recursive: true });
  const folder = call.last('workdir') === '' ? [] : ['--cwd', call.last('workdir')];
  const args = [
    '--exec-id',
    `exec-${randomBytes(8).toString('hex')}`,
    '--fifo-dir',
    dir,
    ...folder,
    id,
    ...argv,
  ];
  // The real client is one process, so this one's child must end with it.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...ctrCall(paths, ['tasks', 'exec', ...args])], {
    stdio: [hasFault(settings, 'exec-loses-stdin') ? 'pipe' : 'inherit', 'inherit', 'inherit'],
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status, signal) =>
      resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
  if (code !== 0) throw new Failure(`exec failed with exit code ${code}`);
  return '';
}
