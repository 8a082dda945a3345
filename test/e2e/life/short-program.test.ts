import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeHome, type Home } from '../../support/home.ts';

/**
 * A program that ends before all of its streams have reached their holder; a pause between the streams makes this
 * certain.
 */

let home: Home;
beforeAll(() => (home = makeHome({ forgets: ['probes'] })));
afterAll(async () => await home.remove());

const SEND = "send_fd($session->{socket}, 'r', fileno $_) for @streams; 1";
const SEND_SLOWLY =
  "for (@streams) { send_fd($session->{socket}, 'r', fileno $_); select undef, undef, undef, 0.2 } 1";

test('a program that ends at once has its output and exit code passed on', async () => {
  const path = join(home.dir, 'package', 'assets', 'sandbox', 'serve.pl');
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(SEND);
  writeFileSync(path, text.replace(SEND, SEND_SLOWLY));
  const manifest = home.manifest({
    bottles: { box: { workspace: 'none' } },
    agents: { worker: { bottle: 'box', agent: 'shell' } },
  });
  const start = ['start', 'worker', home.project('project'), '--manifest', manifest, '--yes'];
  const script = 'echo out; echo err >&2; exit 3';
  const outcome = await home.run([...start, '--runtime', 'bubblewrap', '--', 'sh', '-c', script]);
  expect(outcome).toMatchObject({
    code: 3,
    stdout: 'out\n',
    stderr: expect.stringMatching(/err\n$/) as string,
  });
});
