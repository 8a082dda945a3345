import { afterAll, beforeAll, expect, test } from 'vitest';
import { askControl } from './support/control.ts';
import { GATEWAY, World, type TestGateway } from './support/world.ts';

/** A gateway in learning mode: requests that no rule covers are allowed if their host is public, and recorded. */

let world: World;
let gateway: TestGateway;

beforeAll(async () => {
  world = await World.open();
  gateway = await world.startGateway([], {
    deny: [{ host: 'second.test' }],
    config: { learns: true },
  });
});

afterAll(async () => {
  await gateway?.stop();
  await world?.close();
});

const curl = async (url: string) => await gateway.curl('--proxy', `http://${GATEWAY}:3128`, url);

test.each(['http://other.test/a', 'https://allowed.test/', 'http://203.0.113.10:8080/'])(
  'learning lets %s out, by the rule learn',
  async (url) => {
    expect((await curl(url)).status).toBe(200);
    const { hostname } = new URL(url);
    expect(gateway.decisions.filter(({ host }) => host === hostname)).toContainEqual(
      expect.objectContaining({ verdict: 'allow', rule: 'learn' }),
    );
  },
);

test('learning lets an allowed name out', async () => {
  const { stdout } = await gateway.inBottle([
    'curl',
    '-s',
    '--resolve',
    `other.test:80:${GATEWAY}`,
    'http://other.test/b',
  ]);
  expect(JSON.parse(stdout)).toMatchObject({ url: '/b', host: 'other.test' });
});

test.each([
  ['an address of the private network', 'http://private.test/'],
  ['the metadata address', 'http://169.254.169.254/'],
  ['the gateway’s own host', 'http://own.test/'],
  ['a name that is answered in turns', 'http://mixed.test/'],
  ['what a deny rule names', 'https://second.test/'],
  ['a name of the local network', 'http://printer.local/'],
  ['a name without dots', 'http://localhost/'],
])('learning refuses %s', async (_, url) => {
  const from = world.heard.length;
  expect((await curl(url)).status).toBe(403);
  const heard = await world.heardSince(from);
  expect(heard.filter(({ kind }) => kind !== 'dns')).toEqual([]);
});

test('learning refuses traffic that is neither TLS nor HTTP', async () => {
  const from = world.heard.length;
  const answer = await gateway.send(3128, 'CONNECT other.test:2222 HTTP/1.1\r\n\r\n', 'SSH-2.0-x\r\n');
  expect(answer).not.toContain('hello');
  expect(await world.heardSince(from, 'echo')).toEqual([]);
});

test('a learning gateway refuses a new policy, which would bind nothing', async () => {
  const { status, body } = await askControl(gateway, 'PUT /policy', { allow: [], deny: [] });
  expect({ status, body }).toMatchObject({ status: 409, body: expect.stringContaining('learn') as string });
});
