import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findProcessesOf } from '../../../src/host/processes.ts';
import { agentOwner } from '../../../src/host/user.ts';
import { seededRandom } from '../../support/random.ts';
import { openNerdctlHome, type NerdctlHome } from '../../support/nerdctl/nerdctl-home.ts';

/** Programs beside the agent in a bottle of Kata by nerdctl, and the end of the bottle, with stand-ins for both. */

let its: NerdctlHome;
beforeAll(async () => (its = await openNerdctlHome()), 240_000);
beforeEach(async () => await its.reset());
afterAll(async () => await its.close());

describe('a running Kata bottle of nerdctl', () => {
  it('an exec sees what the agent sees', async () => {
    const bottle = await its.waiting();
    const { code, stdout } = await its.home.run(['exec', bottle.id, '--', 'sh', '-c', 'id -u; cat; exit 5'], {
      env: its.env,
      stdin: 'words',
    });
    expect({ code, stdout }).toEqual({ code: 5, stdout: `${agentOwner().uid}\nwords` });
    await its.home.must(['stop', bottle.id], { env: its.env });
    await bottle.over;
    expect(await its.left()).toBe('');
  });

  it('stop asks the agent to end first', async () => {
    const bottle = await its.waiting('trap "echo asked; exit 9" TERM; echo up; while :; do sleep 0.1; done');
    await its.home.must(['stop', bottle.id], { env: its.env });
    expect(await bottle.over).toBe('up\nasked\n');
    expect(await its.left()).toBe('');
  });

  it('trap killed-client: a killed launcher takes the way out and the machine with it', async () => {
    const bottle = await its.waiting();
    const running = async (): Promise<boolean> =>
      /"Status":\s*"running"/.test(await its.client('container', 'inspect', '--mode=native', bottle.name));
    expect(await running()).toBe(true);
    bottle.child.kill('SIGKILL');
    await expect.poll(running, { timeout: 30_000 }).toBe(false);
    await its.home.must(['gc'], { env: its.env });
    expect(await its.left()).toBe('');
    expect(findProcessesOf(bottle.id)).toEqual([]);
  });

  it('trap forced-removal-succeeds: a machine that stays is an error with its name, and the bottle is kept', async () => {
    const bottle = await its.waiting();
    bottle.child.kill('SIGKILL');
    const env = { ...its.env, PATH: its.pathWithWrapped('stays', 'if [ "$1" = rm ]; then exit 0; fi') };
    const { code, stderr } = await its.home.run(['rm', '--force', bottle.id], { env });
    expect(code).not.toBe(0);
    expect(stderr).toContain(`${bottle.name} is there after it was removed`);
    expect(await its.left()).toContain(bottle.name);
    await its.home.must(['rm', '--force', bottle.id], { env: its.env });
    expect(await its.left()).toBe('');
  });

  it('trap start-says-nothing: a machine that ends at once is refused', async () => {
    const line = 'if [ "$1" = start ]; then REAL "$@"; exec REAL kill --signal KILL "$2"; fi';
    const { code, stdout, stderr } = await its.start(['echo', 'ran'], {
      env: { PATH: its.pathWithWrapped('ends', line) },
    });
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
    expect(stderr).toMatch(/does not run after it was started/);
  });

  it("trap hooks-keep-variables: the client runs without the user's variables", async () => {
    const seenPath = join(its.home.dir, 'seen-variables');
    const env = {
      PATH: its.pathWithWrapped('variables', `env >> '${seenPath}'`),
      MY_TOKEN: 'a-token-of-the-user',
    };
    expect(await its.start(['true'], { env })).toMatchObject({
      code: 0,
      stderr: expect.any(String) as string,
    });
    const seen = readFileSync(seenPath, 'utf8');
    expect(seen).toContain('PATH=');
    expect(seen).not.toContain('a-token-of-the-user');
  });

  it('a launcher killed at any moment leaves nothing once gc has run', async () => {
    const seed = Number(process.env['BOT_BOTTLE_KILL_SEED'] ?? randomInt(2 ** 31));
    const random = seededRandom(seed);
    const began = Date.now();
    expect(await its.start(['true'])).toMatchObject({ code: 0 });
    const tookMs = Date.now() - began;
    for (let strike = 0; strike < Number(process.env['BOT_BOTTLE_KILL_RUNS'] ?? 6); strike += 1) {
      const before = its.idsOnDisk();
      const child = its.home.spawn(its.startArgs(['sleep', '1']), { env: its.env });
      const over = new Promise((resolve) => child.once('close', resolve));
      await sleep(random() * tookMs);
      child.kill('SIGKILL');
      await over;
      const ids = its.idsOnDisk().filter((id) => !before.includes(id));
      await its.home.must(['gc'], { env: its.env });
      const found = { left: await its.left(), processes: ids.flatMap((id) => findProcessesOf(id)) };
      expect(found, `BOT_BOTTLE_KILL_SEED=${seed}, strike ${strike}`).toEqual({ left: '', processes: [] });
    }
  });
});
