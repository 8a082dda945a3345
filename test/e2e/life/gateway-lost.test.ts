import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeHome, type Home } from '../../support/home.ts';

/** A gateway ends before its bottle: nothing leaves the bottle, and the user gets a message. */

let home: Home;

beforeAll(() => {
  home = makeHome();
});
afterAll(async () => await home.remove(), 60_000);

function gatewayOf(id: string): number {
  const found = readdirSync('/proc').find((pid) => {
    try {
      const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      const isGateway = program.endsWith('/node') && args.some((arg) => arg.endsWith('/gateway.cjs'));
      return isGateway && readFileSync(`/proc/${pid}/environ`, 'latin1').includes(id);
    } catch {
      return false; // no process, or it has ended
    }
  });
  return Number(found);
}

test("the end of a gateway is reported at once, and the reason after the agent's end", async () => {
  const manifest = home.manifest({
    bottles: { box: { workspace: 'none' } },
    agents: { worker: { bottle: 'box', agent: 'shell' } },
  });
  const args = ['start', 'worker', '--manifest', manifest, '--yes', '--runtime', 'bubblewrap'];
  const agent = home.spawn([...args, '--', 'sh', '-c', 'echo started; cat; true']);
  const said = text(agent.stderr as Readable);
  const told = new Promise<void>((resolve) => {
    agent.stderr?.on('data', (chunk: Buffer) => chunk.includes('has ended before its agent') && resolve());
  });
  await once(agent.stdout as Readable, 'data');
  const id = (await home.list())[0]?.id ?? '';
  process.kill(gatewayOf(id), 'SIGKILL');
  const curl = ['curl', '-s', '-o', '/dev/null', '-w', '%{exitcode}', '-x', 'http://127.200.0.1:3128'];
  const { stdout } = await home.run(['exec', 'worker', '--', ...curl, 'http://a.example/']);
  expect(stdout).toBe('7'); // curl(1): failed to connect
  await told;
  agent.stdin?.end();
  await once(agent, 'close');
  expect(await said).toMatch(
    /has ended before its agent[^]*why the gateway ended: it ended by (SIGKILL|exit code 137)/,
  );
});

test('an unwritable log is reported at once, and nothing gets out', async () => {
  const manifest = home.manifest({
    bottles: { box: { workspace: 'none' } },
    agents: { worker: { bottle: 'box', agent: 'shell' } },
  });
  const args = ['start', 'worker', '--manifest', manifest, '--yes', '--runtime', 'bubblewrap'];
  const curl = 'i=$((i+1)); curl -s -x http://127.200.0.1:3128 http://a$i.example/';
  const agent = home.spawn([...args, '--', 'sh', '-c', `echo started; while ${curl}; do sleep 0.2; done`]);
  const told = new Promise<string>((resolve) => {
    agent.stderr?.on(
      'data',
      (chunk: Buffer) => chunk.includes('cannot be written') && resolve(chunk.toString()),
    );
  });
  await once(agent.stdout as Readable, 'data');
  const id = (await home.list()).find(({ state }) => state === 'running')?.id ?? '';
  rmSync(join(home.bottlesDir, id, 'audit', 'egress.jsonl'));
  expect(await told).toContain(`the log of ${id} cannot be written (it is no longer at its path`);
  agent.kill('SIGTERM');
  await once(agent, 'close');
});
