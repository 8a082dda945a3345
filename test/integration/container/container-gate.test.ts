import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { baseEnvironment } from '../../../src/bottle/guest/guest-files.ts';
import { openTestBottle, type TestBottle, type TestOptions } from './container.bottle.ts';
import { onlyWhole } from '../../support/suites/mode.ts';

/** An agent's container runs before the bottle is confirmed; its program does not. */

/** Each engine, runtime and network form once; the gate is the same script on all. */
const RUNGS: readonly TestOptions[] = [
  { engine: 'docker', runtime: 'runc', form: 'bridge' },
  { engine: 'docker', runtime: 'runsc' },
  { engine: 'podman', runtime: 'crun', form: 'joined' },
  { engine: 'podman', runtime: 'runc' },
  ...onlyWhole<TestOptions>([
    { engine: 'docker', runtime: 'runc', form: 'joined' },
    { engine: 'docker', runtime: 'runc' },
    { engine: 'docker', runtime: 'crun' },
    { engine: 'podman', runtime: 'runsc' },
  ]),
];

const A_WHILE_MS = 500;
const bottles: TestBottle[] = [];
afterEach(async () => {
  for (const bottle of bottles.splice(0)) await bottle.remove();
});

describe.each(RUNGS)('$engine $runtime $form', (rung) => {
  it.each([false, true])(
    'the gate holds the program back until its launch, with a terminal: %s',
    async (tty) => {
      const argv = ['/bin/sh', '-c', 'echo ran > /work/ran; stty size 2>/dev/null; echo over'];
      const bottle = await openTestBottle({ ...rung, spec: { argv, tty } });
      bottles.push(bottle);
      const mark = join(bottle.workspace, 'ran');
      await sleep(A_WHILE_MS);
      expect([await bottle.driver.isRunning(bottle.spec), existsSync(mark)]).toEqual([true, false]);
      const size = { columns: 91, rows: 17 };
      const session = await bottle.launch(tty ? { stdin: new PassThrough(), size } : {});
      const { code, stdout } = await session.ended();
      expect({ code, stdout }).toEqual({ code: 0, stdout: tty ? '17 91\r\nover\r\n' : 'over\n' });
      expect(existsSync(mark)).toBe(true);
    },
  );
});

describe.each(RUNGS.filter(({ form }) => form === undefined))('$engine $runtime', (rung) => {
  it('before its launch, no variable makes the loader or a shell run code of the project', async () => {
    const evil = { LD_PRELOAD: '/work/evil.so', BASH_ENV: '/work/evil.so', ENV: '/work/evil.so' };
    const env = { ...baseEnvironment({ term: 'xterm', gatewayAddress: '127.200.0.1' }), ...evil };
    const argv = ['/bin/sh', '-c', 'echo "$LD_PRELOAD" "$BASH_ENV" "$HOME"'];
    const bottle = await openTestBottle({ ...rung, spec: { argv, env } });
    bottles.push(bottle);
    const { stdout, stderr } = await (await bottle.launch()).ended();
    expect(stdout).toBe('/work/evil.so /work/evil.so /home/agent\n');
    // The program's loader reports the missing library; the gate's loader would have reported it before.
    expect(stderr.match(/LD_PRELOAD/g)).toHaveLength(1);
  });
});
