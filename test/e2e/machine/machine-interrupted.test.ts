import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { initrdsDir, savedDir } from '../../../src/drivers/microvm/guest/cache.ts';
import { makeHome, type Home } from '../../support/home.ts';

/**
 * The first process of a machine gets a signal when an orphaned process ends, and that can interrupt its file system
 * calls. On a busy host that happens when its checks end; here, all the time.
 */

let home: Home;
const kept = (): string[] =>
  [initrdsDir(), savedDir()].flatMap((dir) =>
    existsSync(dir) ? readdirSync(dir).map((name) => join(dir, name)) : [],
  );
const keptBefore = kept();
beforeAll(() => (home = makeHome()));
afterAll(async () => {
  await home.remove();
  for (const path of kept()) if (!keptBefore.includes(path)) rmSync(path, { recursive: true, force: true });
});

const BEGINS = 'home=/run/bot-bottle\n';
const ENDING =
  '(for turn in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do for one in 1 2 3 4 5 6 7 8 9 10; do ( (:) & ); done; done) &\n';

test('a machine starts, whatever program in it ends meanwhile', async () => {
  const path = join(home.dir, 'package', 'assets', 'microvm', 'guest', 'check');
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(BEGINS);
  writeFileSync(path, text.replace(BEGINS, BEGINS + ENDING));
  // No other test uses these resources, as in saved-machine.test.ts.
  const resources = { cpus: 2, memory: '224m', pids: 128, disk: '48m' };
  const manifest = home.manifest({
    bottles: { box: { workspace: 'none', resources } },
    agents: { worker: { bottle: 'box', agent: 'shell' } },
  });
  const start = ['start', 'worker', home.project('project'), '--manifest', manifest, '--yes'];
  const outcome = await home.run([...start, '--runtime', 'qemu', '--', 'echo', 'fine']);
  expect(outcome).toMatchObject({ code: 0, stdout: 'fine\n' });
});
