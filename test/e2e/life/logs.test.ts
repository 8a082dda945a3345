import { cpSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LogSummary } from '../../../src/bottle/log/summary.ts';
import { makeHome, type Home } from '../../support/home.ts';
import { outcomeOf } from '../../support/outcome.ts';
import { collect, until } from '../../support/saying.ts';

/** Shows a bottle's decisions while it runs. */

let home: Home;
beforeAll(() => (home = makeHome()));
afterAll(async () => await home.remove());

/** Requests a host that is not allowed, prints a line, and ends when its input ends. */
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

describe('logs verify', () => {
  let id: string;
  let auditDir: string;
  beforeAll(async () => {
    const manifest = home.manifest({
      bottles: { box: {} },
      agents: { one: { bottle: 'box', agent: 'shell' } },
    });
    const where = [home.project('verified'), '--manifest', manifest, '--yes', '--runtime', 'bubblewrap'];
    const ask = 'for n in 1 2 3; do curl -s http://denied$n.example/; done';
    await home.run(['start', 'one', ...where, '--', 'sh', '-c', ask]);
    id = (await home.list()).findLast(({ agent }) => agent === 'one')?.id ?? '';
    auditDir = join(home.bottlesDir, id, 'audit');
  });

  test('logs verify confirms the log of an ended bottle, and a copy of it with the public key', async () => {
    const { code, stdout } = await home.run(['logs', 'verify', id, '--json']);
    expect({ code, verdict: JSON.parse(stdout) as unknown }).toMatchObject({
      code: 0,
      verdict: { bottle: id, intact: true, signed: true, breaks: [], faults: [], limits: [] },
    });
    const copy = join(home.dir, 'copy');
    cpSync(auditDir, copy, { recursive: true });
    const pem = join(home.dir, 'public.pem');
    writeFileSync(pem, (await home.run(['logs', 'key'])).stdout);
    await home.must(['logs', 'verify', '--file', copy, '--key', pem]);
    const elsewhere = { env: { XDG_STATE_HOME: join(home.dir, 'elsewhere') } };
    const file = join(copy, 'egress.jsonl');
    expect((await home.run(['logs', 'verify', '--file', file, '--key', pem], elsewhere)).code).toBe(0);
    expect((await home.run(['logs', 'verify', '--file', file], elsewhere)).code).toBe(8);
  });

  test('logs verify names a changed line, and reports a truncated end', async () => {
    const path = join(auditDir, 'egress.jsonl');
    const text = readFileSync(path, 'utf8');
    const lines = text.trimEnd().split('\n');
    writeFileSync(path, text.replace('denied2', 'allowed'));
    const place = lines.findIndex((line) => line.includes('denied2')) + 1;
    const changed = await home.run(['logs', 'verify', id]);
    expect(changed).toMatchObject({ code: 8, stdout: expect.stringContaining(`line ${place}: changed`) });
    writeFileSync(path, `${lines.slice(0, -1).join('\n')}\n`);
    const cut = await home.run(['logs', 'verify', id]);
    expect(cut).toMatchObject({ code: 8, stdout: expect.stringContaining(`line ${lines.length}: cut`) });
    writeFileSync(path, text);
    await home.must(['logs', 'verify', 'one']);
  });

  test('logs --summary adds up the same log, with the rule that would allow a refusal', async () => {
    const summary = JSON.parse((await home.run(['logs', id, '--summary', '--json'])).stdout) as LogSummary;
    expect(summary).toMatchObject({ bottle: id, talkedTo: [] });
    const refused = summary.refused.filter(({ host }) => host === 'denied2.example');
    expect(refused).toMatchObject([{ rule: 'default', times: expect.any(Number) }]);
    expect(refused[0]?.allow).toContain('host: denied2.example');
    const { stdout } = await home.run(['logs', id, '--summary', '--host', 'denied2.example']);
    expect(stdout).toContain('host: denied2.example');
    expect(stdout).not.toContain('denied1');
  });

  test('log filters keep the matching lines', async () => {
    const shown = async (...more: string[]): Promise<string> =>
      (await home.run(['logs', id, ...more])).stdout;
    expect(await shown('--host', '*.example', '--verdict', 'deny', '--rule', 'default')).toContain('denied3');
    expect(await shown('--since', '1h')).toContain('denied3');
    expect(await shown('--verdict', 'allow')).toBe('');
    expect(await shown('--since', '2100-01-01')).toBe('');
    expect(await home.run(['logs', id, '--since', 'yesterday'])).toMatchObject({ code: 2 });
    expect(await home.run(['logs', id, '--summary', '--follow'])).toMatchObject({ code: 2 });
  });

  test('logs verify reports a missing log', async () => {
    const path = join(auditDir, 'egress.jsonl');
    renameSync(path, `${path}.away`);
    for (const how of [[], ['--follow'], ['--summary']]) {
      const { code, stderr } = await home.run(['logs', id, ...how]);
      expect({ code, stderr }).toEqual({
        code: 0,
        stderr: expect.stringContaining(`there is no log of ${id}`),
      });
    }
    renameSync(`${path}.away`, path);
    expect((await home.run(['logs', id])).stderr).not.toContain('there is no log');
  });

  test('logs verify without a name verifies all logs', async () => {
    const { code, stdout } = await home.run(['logs', 'verify', '--json']);
    const verdicts = JSON.parse(stdout) as { bottle: string; intact: boolean }[];
    expect({ code, ids: verdicts.filter(({ intact }) => intact).map(({ bottle }) => bottle) }).toMatchObject({
      code: 0,
      ids: expect.arrayContaining([id]),
    });
    expect(await home.run(['logs', 'verify', id, '--file', 'x'])).toMatchObject({ code: 2 });
  });
});
