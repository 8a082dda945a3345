import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeHome, type Home } from '../../support/home.ts';

/**
 * A machine whose agent has used up its processes still gets the request to end, and so do the programs that the user
 * started beside it.
 */

let home: Home;
beforeAll(() => (home = makeHome()));
afterAll(async () => await home.remove());

/** Forks as many processes as it may have; the first prints a line when it gets SIGTERM. */
const GREEDY = `$| = 1; $SIG{TERM} = sub { print "told\\n"; exit 7 };
  while (defined(my $pid = fork)) { if (!$pid) { $SIG{TERM} = 'DEFAULT'; sleep 999; exit } }
  print "begun\\n"; sleep 999 while 1`;

test('stop reaches a machine whose processes are at their limit', async () => {
  const manifest = home.manifest({
    bottles: { box: { workspace: 'none', resources: { memory: '512m', pids: 64 } } },
    agents: { worker: { bottle: 'box', agent: 'shell' } },
  });
  const args = ['start', 'worker', home.dir, '--manifest', manifest, '--yes', '--runtime', 'qemu'];
  const launcher = home.spawn([...args, '--', 'perl', '-e', GREEDY]);
  let said = '';
  launcher.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await expect.poll(() => said, { timeout: 120_000 }).toBe('begun\n');
  const [row] = await home.list();
  const beside = home.spawn(['exec', row?.id ?? '', '--', 'sh', '-c', 'echo beside; exec sleep 999']);
  await once(beside.stdout ?? beside, 'data');
  const closed = once(launcher, 'close');
  expect(await home.run(['stop', row?.id ?? ''])).toMatchObject({ code: 0 });
  await closed;
  expect(said).toBe('begun\ntold\n');
});
