import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeHome, ONE_OF_EACH_DRIVER, type Home } from '../../support/home.ts';
import { startWaiting } from '../../support/hosts/machines.ts';

/** The reader closes the output early (`| head -1`): nothing is lost, and nothing hangs. */

let home: Home;
let manifest: string;
beforeAll(() => {
  home = makeHome();
  const bottle = { bottle: 'box', agent: 'shell' };
  manifest = home.manifest({
    bottles: { box: { workspace: 'none' } },
    agents: { one: bottle, other: bottle },
  });
});
afterAll(async () => await home.remove());

/** Reads the first output and closes the stream; returns the exit code and the standard error. */
async function readOnce(child: ChildProcess): Promise<{ code: unknown; stderr: string }> {
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const closed = once(child, 'close');
  if (child.stdout === null) throw new Error('no output');
  await Promise.race([once(child.stdout, 'data'), closed]);
  child.stdout.destroy();
  const [code] = (await closed) as [unknown];
  return { code, stderr };
}

describe.each(ONE_OF_EACH_DRIVER)('%s', (runtime) => {
  const start = (agent: string): readonly string[] => [
    agent,
    home.dir,
    '--manifest',
    manifest,
    '--yes',
    '--runtime',
    runtime,
  ];

  test('an agent whose output is closed goes on to its end, and its user gets a note', async () => {
    const script = 'seq 200000; sleep 1; echo at the end >&2; exit 3';
    const child = home.spawn(['start', ...start('one'), '--', 'sh', '-c', script]);
    child.stdin?.end();
    const { code, stderr } = await readOnce(child);
    expect(code).toBe(3);
    expect(stderr).toContain('output pipe is closed');
    expect(stderr).toContain('at the end');
  });

  test('an exec with closed output gets SIGPIPE, and a followed log ends', async () => {
    const id = await startWaiting(home, start('other'), 'echo ready; cat');
    expect(await readOnce(home.spawn(['exec', id, '--', 'yes']))).toEqual({ code: 141, stderr: '' });
    const deaf = home.spawn(['exec', id, '--', 'yes']);
    deaf.stdout?.destroy();
    expect(await once(deaf, 'close')).toEqual([141, null]);
    const followed = readOnce(home.spawn(['logs', id, '--follow']));
    // Makes decisions that `logs` would print after its reader has gone.
    for (const number of Array(20).keys())
      await home.run(['exec', id, '--', 'sh', '-c', `getent hosts n${number}.example`]);
    expect(await followed).toEqual({ code: 0, stderr: '' });
    await home.must(['stop', id]);
    await home.must(['rm', id]);
  });
});

test.each([{ args: ['--help'] }, { args: ['start', '--help'] }, { args: ['schema'] }])(
  '$args: prints nothing to closed output',
  async ({ args }) => {
    expect(await readOnce(home.spawn(args))).toEqual({ code: 0, stderr: '' });
  },
);
