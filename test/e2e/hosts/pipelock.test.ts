import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCanary, type Canary } from '../../../src/drivers/container/bridge/canary.ts';
import { innerNetworkName } from '../../../src/drivers/container/names.ts';
import { run, runOrThrow } from '../../../src/host/run.ts';
import { writeStandIn, type StandIn } from '../../pipelock/program.ts';
import { makeHome, type Home } from '../../support/home.ts';

/**
 * `gateway: pipelock` from the user's side. pipelock itself is not available on test hosts: a stand-in, written from
 * its published contract, replaces it and refuses everything that the contract does not contain.
 */

/**
 * From the documentation ranges (RFC 5737): no host has this address, so the bottle's gateway has no rule that refuses
 * it.
 */
const ORIGIN = '203.0.113.77';
const NAMES = { 'allowed.example': ORIGIN, 'other.example': ORIGIN, 'inner.example': '10.0.0.1' };

let home: Home;
let standIn: StandIn;
let origin: Server;
let canary: Canary;
const RUNC = ['--runtime', 'runc'];
const heard: string[] = [];

const manifestWith = (gateway: unknown, bottle: object | undefined = {}): string =>
  home.manifest({
    bottles: { box: { workspace: 'none', gateway, ...bottle } },
    agents: { worker: { bottle: 'box', agent: 'shell' } },
  });
const pipelock = (): object => ({ engine: 'pipelock', program: standIn.path });

const start = (manifest: string, more: readonly string[] = [], command: readonly string[] = ['true']) => [
  'start',
  'worker',
  '--manifest',
  manifest,
  '--yes',
  ...more,
  '--',
  ...command,
];

beforeAll(async () => {
  home = makeHome();
  standIn = writeStandIn(NAMES);
  canary = await openCanary();
});

afterAll(async () => {
  await home.remove();
  standIn.remove();
  canary.close();
}, 60_000);

describe('a runc bottle behind pipelock', () => {
  const EGRESS = { allow: [{ host: 'allowed.example', scheme: 'http' }, { host: 'inner.example' }] };
  let id: string;
  let port: number;

  beforeAll(async () => {
    const manifest = manifestWith(pipelock(), { egress: EGRESS });
    const agent = home.spawn(start(manifest, RUNC, ['sh', '-c', 'echo started; sleep 300']));
    const complaints: Buffer[] = [];
    agent.stderr?.on('data', (chunk: Buffer) => complaints.push(chunk));
    const said = await Promise.race([once(agent.stdout ?? agent, 'data'), once(agent, 'exit')]);
    if (String(said[0]) !== 'started\n') throw new Error(Buffer.concat(complaints).toString());
    id = (await home.list()).at(-1)?.id ?? '';
    await runOrThrow('ip', ['address', 'add', `${ORIGIN}/32`, 'dev', 'lo']);
    origin = createServer(({ method, headers }, answer) => {
      heard.push(`${method} ${headers.host}`);
      answer.end('from the origin\n');
    });
    origin.listen(0, ORIGIN);
    await once(origin, 'listening');
    ({ port } = origin.address() as AddressInfo);
  }, 120_000);

  afterAll(async () => {
    await home.run(['stop', 'worker']);
    origin.close();
    await run('ip', ['address', 'del', `${ORIGIN}/32`, 'dev', 'lo']);
  }, 60_000);

  const inside = async (...argv: readonly string[]) => await home.run(['exec', 'worker', '--', ...argv]);
  const curl = async (...args: readonly string[]) => await inside('curl', '-sS', '--max-time', '5', ...args);

  test('a bottle behind pipelock reaches an allowed host by name', async () => {
    const { stdout } = await curl(`http://allowed.example:${port}/x`);
    expect(stdout).toBe('from the origin\n');
    const tunnelled = await curl('--proxytunnel', `http://allowed.example:${port}/`);
    expect(tunnelled.stdout).toBe('from the origin\n');
    expect(heard).toEqual([`GET allowed.example:${port}`, `GET allowed.example:${port}`]);
  });

  test.each(['other.example', 'inner.example', 'x.allowed.example', ORIGIN, '127.0.0.2'])(
    'a bottle behind pipelock is refused %s, and no server receives it',
    async (host) => {
      const before = heard.length;
      const plain = await curl('-o', '/dev/null', '-w', '%{http_code}', `http://${host}:${port}/`);
      expect(plain.stdout).toBe('403');
      expect((await curl('--proxytunnel', `https://${host}:${port}/`)).stderr).toContain('403');
      expect(heard).toHaveLength(before);
    },
  );

  test('a bottle behind pipelock has no other way out: no route, no DNS, no other listener', async () => {
    const before = heard.length;
    expect((await curl('--noproxy', '*', `http://${ORIGIN}:${port}/`)).code).not.toBe(0);
    expect((await inside('getent', 'hosts', 'allowed.example')).code).not.toBe(0);
    const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
    const shout = `const s = require('dgram').createSocket('udp4'); for (const a of ${JSON.stringify(
      addresses.filter(({ family }) => family === 'IPv4').map(({ address }) => address),
    )}) s.send('${canary.token}', ${canary.port}, a, () => undefined); s.on('error', () => 0); setTimeout(() => s.close(), 300)`;
    await inside('node', '-e', shout);
    expect(await canary.heard()).toEqual([]);
    expect(heard).toHaveLength(before);
  });

  test('a bottle behind pipelock is checked from inside first, and its receipt names the gateway', () => {
    const { launchChecks, policy, gatewayDigest } = home.receipt(id);
    const said = launchChecks.map(({ id: check, evidence }) => `${check}: ${evidence}`);
    expect(said).toContain('gateway.answers: GET /health: strict, version stand-in');
    expect(said).toContain('gateway.refuses: CONNECT bot-bottle-launch-check.invalid:443: 403');
    expect(said).toContainEqual(expect.stringContaining('host.deaf'));
    expect(policy.allow.map(({ opensTls, dlp }) => [opensTls, dlp])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
    expect(gatewayDigest).toMatch(/^sha256:/);
    expect(home.record(id).spec.foreignGateway).toEqual({ engine: 'pipelock', hostPath: standIn.path });
  });

  test("pipelock's own log is in the bottle's folder, and logs says so", async () => {
    const path = join(home.bottlesDir, id, 'audit', 'pipelock.jsonl');
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({ event: 'allowed', target: `http://allowed.example:${port}/x` }),
    );
    const asked = [['logs'], ['logs', 'verify'], ['policy', 'log'], ['policy', 'set'], ['metrics']];
    for (const verb of asked) {
      const { code, stderr } = await home.run([...verb, 'worker']);
      expect([code, stderr]).toEqual([2, expect.stringContaining(path)]);
    }
  });

  test('a bottle behind pipelock leaves nothing behind', async () => {
    await home.run(['stop', 'worker']);
    const said = await Promise.all([
      run('docker', ['ps', '--all']),
      run('docker', ['network', 'ls']),
      run('nft', ['list', 'ruleset']),
    ]);
    const all = said.map(({ stdout }) => stdout).join('');
    expect(all).not.toContain(innerNetworkName(id));
    expect(home.record(id).phase).toBe('stopped');
  });
});

describe('settings that pipelock refuses before anything starts', () => {
  test.each([
    {
      what: 'what it cannot do',
      bottle: { egress: { allow: [{ host: 'a.example', paths: ['/x'] }] } },
      flags: RUNC,
      ends: [3, /a\.example: paths/],
    },
    {
      what: 'a rung without containers',
      flags: ['--runtime', 'bubblewrap'],
      ends: [6, /bubblewrap .* has none/],
    },
    {
      what: 'another form of the network',
      flags: [...RUNC, '--network-form', 'holder'],
      ends: [6, /holder with pipelock/],
    },
    { what: 'learning', flags: [...RUNC, '--learn'], ends: [3, /does not learn/] },
  ] as const)('a start with pipelock refuses $what', async ({ bottle, flags, ends: [code, words] }) => {
    const ended = await home.run(start(manifestWith(pipelock(), bottle), flags));
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringMatching(words)]);
    expect((await home.list()).filter(({ state }) => state !== 'stopped')).toEqual([]);
  });

  test('a start refuses a missing pipelock with the remedy', async () => {
    const ended = await home.run(start(manifestWith('pipelock'), RUNC));
    expect([ended.code, ended.stderr]).toEqual([5, expect.stringMatching(/any folder of PATH[^]*program:/)]);
  });

  test('a start refuses a pipelock that the agent could write', async () => {
    const project = home.project('app', { 'bin/pipelock': '#!/bin/sh\n' });
    await runOrThrow('chmod', ['755', join(project, 'bin/pipelock')]);
    const gateway = { engine: 'pipelock', program: join(project, 'bin/pipelock') };
    const [verb, agent, ...rest] = start(manifestWith(gateway, { workspace: 'copy' }), RUNC);
    const ended = await home.run([verb ?? '', agent ?? '', project, ...rest]);
    expect([ended.code, ended.stderr]).toEqual([3, expect.stringContaining('is in the project')]);
  });

  test('a start refuses pipelock behind a company proxy', async () => {
    const env = { HTTPS_PROXY: 'http://proxy.example:3128' };
    const ended = await home.run(start(manifestWith(pipelock()), RUNC), { env });
    expect([ended.code, ended.stderr]).toEqual([
      2,
      expect.stringContaining('does not support a company proxy'),
    ]);
  });
});

test('a pipelock that does not come up ends the start with its output', async () => {
  const broken = home.project('broken', { pipelock: '#!/bin/sh\necho "no such luck" >&2; exit 1\n' });
  const program = join(broken, 'pipelock');
  await runOrThrow('chmod', ['755', program]);
  const ended = await home.run(start(manifestWith({ engine: 'pipelock', program }), RUNC), {
    cwd: home.project('elsewhere'),
  });
  expect([ended.code, ended.stderr]).toEqual([6, expect.stringMatching(/did not come up[^]*no such luck/)]);
});

test('a dry run shows pipelock, and `policy check` sends requests to it', async () => {
  const manifest = manifestWith(pipelock());
  const plan = await home.run(start(manifest, ['--runtime', 'runc', '--dry-run']));
  expect(plan.stdout).toMatch(/make pipelock as the gateway\n.*"\/pipelock","run","--config"/);
  const asked = await home.run(['policy', 'check', 'https://a.example/', '--manifest', manifest]);
  expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining('pipelock check --url')]);
});
