import { once } from 'node:events';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runOrThrow } from '../../../src/host/run.ts';
import { ChainCheck } from '../../../src/bottle/log/check-chain.ts';
import { readLines } from '../../../src/bottle/log/read-lines.ts';
import { connect, get, hello } from './support/attempt.ts';
import { bundle } from './support/bundle.ts';
import { SECURE_PORTS } from './support/secure-origins.ts';
import { World, type GatewayOptions, type TestGateway } from './support/world.ts';

/** The log: the gateway writes it before anything leaves, and if it cannot write, nothing leaves. */

let world: World;
let gateway: TestGateway;

async function start(more: GatewayOptions): Promise<void> {
  const rules = [
    { host: 'allowed.test' },
    { host: 'other.test', scheme: 'http' as const },
    { host: 'allowed.test', port: 2222, scheme: 'tcp' as const },
    { host: 'allowed.test', port: SECURE_PORTS.oldOnly, tls: 'open' as const, websocket: true },
    { host: 'allowed.test', port: SECURE_PORTS.newOnly, tls: 'open' as const },
  ];
  gateway = await world.startGateway(rules, more);
}

beforeAll(async () => {
  world = await World.open();
  await bundle('test/integration/gateway/support/open-client.ts', join(world.folder, 'client.mjs'));
});

afterEach(async () => {
  client?.kill('SIGKILL');
  await gateway?.stop();
});
afterAll(async () => await world?.close());

const RAW_WAYS = {
  HTTP: [80, [get('/', 'Host: other.test\r\n')]],
  'HTTP through the proxy': [3128, [get('http://other.test/', 'Host: other.test\r\n')]],
  TLS: [443, [hello('allowed.test')]],
  CONNECT: [3128, [connect('allowed.test:443'), hello('allowed.test')]],
  'raw TCP': [3128, [connect('allowed.test:2222'), 'x']],
} as const;

/** Requests on connections that were open before, inside opened TLS. */
const OPENED_WAYS = {
  'a connection of HTTP/1.1 that stands': 'h1 /',
  'a WebSocket': 'ws /ws',
  'a session of HTTP/2 that stands': 'h2 /',
} as const;

const WAYS: Readonly<Record<string, () => Promise<unknown>>> = {
  ...Object.fromEntries(
    Object.entries(RAW_WAYS).map(([way, [port, parts]]) => [
      way,
      async () => await gateway.send(port, ...parts),
    ]),
  ),
  ...Object.fromEntries(Object.entries(OPENED_WAYS).map(([way, line]) => [way, async () => await ask(line)])),
};

let client: ReturnType<TestGateway['spawnInBottle']> | undefined;

async function openClient(): Promise<void> {
  const ports = [SECURE_PORTS.oldOnly, SECURE_PORTS.newOnly].map(String);
  client = gateway.spawnInBottle(['node', join(world.folder, 'client.mjs'), 'allowed.test', ...ports]);
  expect(await nextLine()).toBe('open');
}

async function nextLine(): Promise<string> {
  const [bytes] = (await once(client?.stdout as Readable, 'data')) as [Buffer];
  return bytes.toString().trim();
}

async function ask(line: string): Promise<string> {
  client?.stdin?.write(`${line}\n`);
  return await nextLine();
}

/** Returns the ways on which an origin received something. */
async function waysThatLeadOut(): Promise<string[]> {
  const found: string[] = [];
  for (const [way, go] of Object.entries(WAYS)) {
    const from = world.heard.length;
    await go();
    const heard = await world.heardSince(from);
    if (heard.some(({ kind }) => kind !== 'dns')) found.push(way);
  }
  return found;
}

/** Sends different requests until the log accepts no more lines. */
async function makeLinesUntilRefused(): Promise<string> {
  for (let count = 0; count < 100; count += 1) {
    const answer = await gateway.send(80, get('/', `Host: evil-${count}.test\r\n`));
    if (answer.startsWith('HTTP/1.1 503')) return answer;
  }
  return 'the log took all of them';
}

test('every way lets a request out while the log can be written (control)', async () => {
  await start({});
  await openClient();
  expect(await waysThatLeadOut()).toEqual(Object.keys(WAYS));
});

test('nothing gets out on a full disk, until there is room again', async () => {
  const disk = join(world.folder, 'disk');
  mkdirSync(disk);
  const inHost = async (script: string): Promise<string> => {
    const [program = '', ...args] = world.inHost(['sh', '-c', script]);
    return await runOrThrow(program, args);
  };
  await inHost(`mount -t tmpfs -o size=64k none ${disk}`);
  await start({
    config: { auditPath: join(disk, 'egress.jsonl') },
    // The gateway's error output goes to the same disk: see the launcher's gateway.log.
    before: ['sh', '-c', 'exec "$@" 2>/dev/full', 'sh'],
  });
  await openClient();
  expect(await ask('h2 /before')).toBe('HTTP/2 200');
  await inHost(`cat /dev/zero > ${disk}/filler 2>/dev/null || true`);
  expect(await makeLinesUntilRefused()).toMatch(/"error":"audit_unavailable".*ENOSPC/s);
  expect(await waysThatLeadOut()).toEqual([]);
  const answers: string[] = [];
  for (const line of Object.values(OPENED_WAYS)) answers.push(await ask(line));
  expect(answers.map((answer) => answer.split(' ')[1])).toEqual(['503', '503', '503']);

  await inHost(`rm ${disk}/filler`);
  expect(await waysThatLeadOut()).toEqual(Object.keys(WAYS));
  const lines = (await inHost(`cat ${disk}/egress.jsonl`)).trim().split('\n');
  const parsed = lines.map((line) => JSON.parse(line) as { rule: string; reason: string }); // no line is cut off
  expect(parsed.find(({ rule }) => rule === 'gateway.audit')?.reason).toMatch(/^\d+ lines were lost: ENOSPC/);
  const check = new ChainCheck();
  for (const line of lines) check.next(line);
  expect(check.breaks).toEqual([]);
});

test('nothing gets out once the log has reached its size limit', async () => {
  await start({ config: { auditLimitBytes: 4_000 } });
  await openClient();
  expect(await makeLinesUntilRefused()).toContain('the audit log has reached its limit of 4000 bytes');
  expect(await waysThatLeadOut()).toEqual([]);
});

test('the gateway does not start without a log', async () => {
  await start({ config: { auditPath: '/nowhere/egress.jsonl' } });
  expect(gateway.events).toMatchObject([{ event: 'failed', reason: expect.stringContaining('ENOENT') }]);
});

test('the log has its line before the upstream receives a byte', async () => {
  await start({});
  const [from, lines] = [world.heard.length, gateway.decisions.length];
  const tunnel = gateway.send(3128, connect('allowed.test:2222'), 'x');
  const heard = (): boolean => world.heard.slice(from).some(({ kind }) => kind === 'echo');
  await expect.poll(heard, { interval: 1 }).toBe(true);
  expect(gateway.decisions.slice(lines)).toMatchObject([{ verdict: 'allow', port: 2222 }]);
  await tunnel;
});

describe('a program that tries again and again', () => {
  test('repeated refusals make a few log lines, and one with a number', async () => {
    await start({});
    const again = Array.from({ length: 40 }, () => get('/', 'Host: evil.test\r\n'));
    for (const request of again.slice(0, 12)) await gateway.send(80, request);
    await gateway.stop(); // writes the lines that were only counted
    const lines = gateway.decisions.filter(({ host }) => host === 'evil.test');
    expect(lines.map(({ repeats }) => repeats)).toEqual([...Array(5).fill(undefined), 7]);
  });
});

test('a killed and restarted gateway writes one chain, in which a change is found', async () => {
  const auditPath = join(world.folder, 'killed.jsonl');
  for (let run = 0; run < 2; run += 1) {
    await start({ config: { auditPath } });
    await openClient();
    await waysThatLeadOut();
    const ended = once(gateway.process, 'exit');
    gateway.process.kill('SIGKILL');
    await ended;
    appendFileSync(auditPath, '{"time":"2026-'); // a partial line, as after a crash
  }
  await start({ config: { auditPath } });
  await openClient();
  await waysThatLeadOut();
  await gateway.stop();
  const chained = await chainOf(auditPath);
  expect(chained).toMatchObject({ breaks: [], lines: gateway.log.length });
  expect(gateway.log.map(({ seq }) => seq)).toEqual(gateway.log.map((_, index) => index + 1));
  expect(new Set(gateway.log.map(({ id }) => id.split('-')[0])).size).toBe(3);

  const lines = readFileSync(auditPath, 'utf8').split('\n');
  writeFileSync(auditPath, lines.toSpliced(6, 1).join('\n'));
  expect((await chainOf(auditPath)).breaks).toMatchObject([{ line: 7, kind: 'cut' }]);
});

async function chainOf(path: string): Promise<ChainCheck> {
  const check = new ChainCheck();
  for await (const { text, isWhole } of readLines(path)) if (isWhole) check.next(text);
  return check;
}

test('a client cannot forge log lines or move a cursor through them', async () => {
  await start({});
  const hosts = ['a\u001b[2Jb.test', 'a\u009b2Jb', 'a"}\\n{"verdict":"allow"'].map((host) =>
    Buffer.from(`Host: ${host}\r\n`, 'latin1'),
  );
  for (const host of hosts)
    await gateway.send(
      3128,
      Buffer.concat([Buffer.from('GET http://x.test/ HTTP/1.1\r\n'), host, Buffer.from('\r\n')]),
    );
  const { stdout } = await gateway.inBottle(['cat', gateway.auditPath]);
  expect(stdout).toMatch(/^[ -~\n]*$/);
  expect(gateway.decisions.filter(({ verdict }) => verdict === 'allow')).toEqual([]);
});
