import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeHome, type Home } from '../support/home.ts';
import { outcomeOf } from '../support/outcome.ts';

/** What is seen of a bottle's decisions while it runs. */

let home: Home;
beforeAll(() => (home = makeHome()));
afterAll(async () => await home.remove());

/** Asks for a host that is not allowed, says so, and ends when its input does. */
const ASK = 'read go; curl -s -o /dev/null http://denied.example/; echo asked; read end; echo ends';

test('logs --follow shows a decision while the bottle runs, and ends with the bottle', async () => {
  const manifest = home.manifest({
    bottles: { box: {} },
    agents: { worker: { bottle: 'box', agent: 'shell' } },
  });
  const where = [home.project('project'), '--manifest', manifest, '--yes', '--runtime', 'bubblewrap'];
  const bottle = home.spawn(['start', 'worker', ...where, '--', 'sh', '-c', `echo begun; ${ASK}`]);
  const bottleSays = collect(bottle.stdout);
  await until(() => bottleSays().includes('begun'));

  const follower = home.spawn(['logs', 'worker', '--follow', '--json']);
  const followerSays = collect(follower.stdout);
  const followed = outcomeOf(follower);
  bottle.stdin?.write('go\n');
  await until(() => followerSays().includes('denied.example'));
  const line = followerSays()
    .split('\n')
    .find((line) => line.includes('denied.example'));
  expect(JSON.parse(line ?? '')).toMatchObject({
    event: 'decision',
    verdict: 'deny',
    host: 'denied.example',
  });
  expect({ bottle: bottle.exitCode, follower: follower.exitCode }).toEqual({ bottle: null, follower: null });

  expect(bottleSays()).not.toContain('ends');
  bottle.stdin?.end('end\n');
  expect(await followed).toMatchObject({ code: 0, stderr: '' });
  expect(bottleSays()).toContain('ends');
});

function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return () => text;
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('it did not happen within 30 s');
    await sleep(50);
  }
}
