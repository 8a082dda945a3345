import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { UpstreamProxy } from '../../../src/gateway/config.ts';
import { run, runOrThrow, spawnProgram } from '../../../src/host/run.ts';
import { attempt, connect, hello } from './support/attempt.ts';
import { GATEWAY, World, type TestGateway } from './support/world.ts';

/** A host behind a company proxy; squid and tinyproxy are such proxies. */

let world: World;
let gateway: TestGateway;
const proxies: ReturnType<typeof spawnProgram>[] = [];

const ADDRESS = '198.51.100.1';
const [SQUID, TINYPROXY] = [3129, 3130];
const CREDENTIALS = `Basic ${Buffer.from('user:secret').toString('base64')}`;
const through = (port: number, more: Partial<UpstreamProxy> = {}): UpstreamProxy => ({
  host: 'proxy.corp.test',
  port,
  authorization: CREDENTIALS,
  bypass: [],
  ...more,
});

const logOf = (name: string): string => readFileSync(join(world.folder, name, 'access.log'), 'utf8');

async function startProxy(name: string, argv: readonly string[], config: readonly string[]): Promise<void> {
  const hash = await runOrThrow('openssl', ['passwd', '-apr1', 'secret']);
  const folder = join(world.folder, name);
  mkdirSync(folder);
  chmodSync(folder, 0o777);
  chmodSync(world.folder, 0o755);
  writeFileSync(join(folder, 'passwords'), `user:${hash.trim()}\n`);
  writeFileSync(join(folder, 'access.log'), '');
  chmodSync(join(folder, 'access.log'), 0o666);
  writeFileSync(join(folder, 'config'), `${config.join('\n').replaceAll('FOLDER', folder)}\n`);
  const [program = '', ...args] = world.inOutside([...argv, join(folder, 'config')]);
  proxies.push(spawnProgram(program, args, { stdio: ['ignore', 'ignore', 'inherit'] }));
}

beforeAll(async () => {
  world = await World.open();
  await startProxy(
    'squid',
    ['squid', '-N', '-f'],
    [
      `http_port ${ADDRESS}:${SQUID}`,
      'auth_param basic program /usr/lib/squid/basic_ncsa_auth FOLDER/passwords',
      'acl users proxy_auth REQUIRED',
      'http_access allow users',
      'http_access deny all',
      'cache deny all',
      'pid_filename none',
      'access_log stdio:FOLDER/access.log',
      'cache_log FOLDER/cache.log',
      'shutdown_lifetime 0 seconds',
    ],
  );
  await startProxy(
    'tinyproxy',
    ['tinyproxy', '-d', '-c'],
    [
      `Port ${TINYPROXY}`,
      `Listen ${ADDRESS}`,
      'BasicAuth user secret',
      'LogFile "FOLDER/access.log"',
      'LogLevel Connect',
      'MaxClients 50',
    ],
  );
  const isOpen = async (port: number): Promise<boolean> => {
    const [program = '', ...args] = world.inHost(['bash', '-c', `exec 3<>/dev/tcp/${ADDRESS}/${port}`]);
    return (await run(program, args)).exitCode === 0;
  };
  for (const port of [SQUID, TINYPROXY]) while (!(await isOpen(port))) await sleep(100);
});

afterEach(async () => await gateway?.stop());
afterAll(async () => {
  for (const proxy of proxies) proxy.kill('SIGKILL');
  await world?.close();
});

const RULES = [
  { host: 'allowed.test' },
  { host: 'allowed.test', scheme: 'http' as const },
  { host: 'allowed.test', port: 443 + 1779, scheme: 'tcp' as const },
  { host: 'private.test' },
  { host: '203.0.113.10' },
];
const PROXY = ['--proxy', `http://${GATEWAY}:3128`];

describe.each([
  ['squid', SQUID],
  ['tinyproxy', TINYPROXY],
])('through %s', (name, port) => {
  test.each([
    ['HTTPS', [...PROXY, 'https://allowed.test/a'], 'CONNECT allowed.test:443'],
    ['HTTP', [...PROXY, 'http://allowed.test/a?b'], 'GET http://allowed.test/a'],
    [
      'HTTPS that knows of no proxy',
      ['--resolve', `allowed.test:443:${GATEWAY}`, 'https://allowed.test/a'],
      'CONNECT allowed.test:443',
    ],
    [
      'HTTP that knows of no proxy',
      ['--resolve', `allowed.test:80:${GATEWAY}`, 'http://allowed.test/a'],
      'GET http://allowed.test/a',
    ],
  ])('%s', async (_, args, asked) => {
    gateway = await world.startGateway(RULES, { config: { upstreamProxy: through(port) } });
    const from = logOf(name).length;
    const { status, body } = await gateway.curl(...args);
    expect(status).toBe(200);
    expect(body).not.toContain('Proxy-Authorization');
    expect(gateway.decisions.at(-1)).toMatchObject({
      verdict: 'allow',
      reason: `through proxy.corp.test:${port}`,
    });
    await expect.poll(() => logOf(name).slice(from)).toContain(asked);
  });

  test('this host does not look up a name that the company proxy looks up', async () => {
    gateway = await world.startGateway(RULES, {
      config: { upstreamProxy: through(port, { host: ADDRESS }) },
    });
    const resolver = world.heard.length;
    expect((await gateway.curl(...PROXY, 'https://allowed.test/')).status).toBe(200);
    const questions = await world.heardSince(resolver, 'dns');
    expect(questions.filter(({ from }) => from === '198.51.100.2')).toEqual([]);
  });

  test('hosts in NO_PROXY are dialled directly, and their addresses judged', async () => {
    gateway = await world.startGateway(RULES, {
      config: { upstreamProxy: through(port, { bypass: ['test'] }) },
    });
    const from = logOf(name).length;
    expect((await gateway.curl(...PROXY, 'https://allowed.test/')).status).toBe(200);
    expect(gateway.decisions.at(-1)).toMatchObject({ reason: 'to 203.0.113.10' });
    expect((await gateway.curl(...PROXY, 'https://private.test/')).status).toBe(403);
    expect(logOf(name).slice(from)).toBe('');
  });
});

test("wrong credentials are reported as the company proxy's refusal", async () => {
  const authorization = 'Basic eDp5';
  gateway = await world.startGateway(RULES, {
    config: { upstreamProxy: through(SQUID, { authorization }) },
  });
  const { status, body } = await gateway.curl(...PROXY, 'http://allowed.test/');
  expect(status).toBe(502);
  expect(body).toMatch(/the proxy proxy\.corp\.test:\d+ answered 407/);
  await gateway.curl(...PROXY, 'https://allowed.test/');
  await expect
    .poll(() => gateway.log.at(-1)?.reason)
    .toMatch(/^the proxy proxy\.corp\.test:\d+ answered HTTP\/1\.\d 407/);
});

test('mismatches and private addresses are refused before the company proxy receives them', async () => {
  gateway = await world.startGateway([...RULES, { host: '10.9.9.9', addresses: ['10.9.9.9'] }], {
    config: { upstreamProxy: through(SQUID) },
  });
  const from = logOf('squid').length;
  const outcome = await attempt({ world, gateway }, 3128, [
    connect('allowed.test:443'),
    hello('private.test'),
  ]);
  expect(outcome).toMatchObject({ heard: [], decision: { verdict: 'deny', rule: 'gateway.mismatch' } });
  await sleep(200);
  expect(logOf('squid').slice(from)).toBe('');
});

test('nothing gets out without the company proxy', async () => {
  gateway = await world.startGateway(RULES, { config: { upstreamProxy: through(3_999) } });
  const from = world.heard.length;
  expect((await gateway.curl(...PROXY, 'http://allowed.test/')).status).toBe(502);
  expect((await gateway.curl(...PROXY, 'https://allowed.test/')).exitCode).toBe(35);
  expect((await world.heardSince(from)).filter(({ kind }) => kind !== 'dns')).toEqual([]);
});
