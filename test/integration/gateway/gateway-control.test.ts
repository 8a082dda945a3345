import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Policy, Rule } from '../../../src/gateway/config.ts';
import { newToken } from '../../../src/gateway/control/token.ts';
import { askControl, askControlWith } from './support/control.ts';
import { SECURE_PORTS } from './support/secure-origins.ts';
import { bringStandingClient, holdOpen, type Held } from './support/standing.ts';
import { GATEWAY, World, type TestGateway } from './support/world.ts';

/** Requests and orders of the launcher to a running gateway, on a socket that no bottle has. */

let world: World;
let gateway: TestGateway;

const rule = (id: string, port: number, more: Partial<Rule> = {}): Rule => ({
  id,
  host: 'allowed.test',
  port,
  scheme: 'https',
  ...more,
});
const TCP = rule('tcp', 2222, { scheme: 'tcp' });
const PLAIN = rule('plain', 8080, { scheme: 'http' });
const PASSED = rule('passed', 443);
const OLD = rule('old', SECURE_PORTS.oldOnly, { opensTls: true, websocket: true });
const BOTH = rule('both', SECURE_PORTS.both, { opensTls: true });
const ALL = [TCP, PLAIN, PASSED, OLD, BOTH];
const LENT = rule('lent', SECURE_PORTS.oldOnly, {
  opensTls: true,
  inject: { secret: 'key', slot: { kind: 'bearer' } },
});
const allowing = (...allow: readonly Rule[]): Policy => ({ allow, deny: [] });

async function start(policy: Policy): Promise<void> {
  await gateway?.stop();
  const key = { value: 'first-value-of-the-key', placeholder: 'placeholder-of-the-key' };
  gateway = await world.startGateway([], { config: { policy }, secrets: { inject: { key }, protect: [] } });
}

beforeAll(async () => {
  world = await World.open();
  await bringStandingClient(world);
});

afterAll(async () => {
  await gateway?.stop();
  await world?.close();
});

/** A client in the bottle that holds something open; `broken` resolves to 9 when that was broken off. */
async function hold(way: string, port: number, path = '/'): Promise<Held> {
  const before = letOut(path);
  const one = await holdOpen(world, gateway, `${way} ${port} ${path}`);
  held.push(one);
  // The client reports as soon as it has written its request: the gateway may not have read it yet.
  while (path.startsWith('/never') && letOut(path) === before) await sleep(10);
  return one;
}

/** Returns the number of requests for this path that the gateway has allowed so far. */
function letOut(path: string): number {
  const [bare] = path.split('?');
  const isOne = (line: (typeof gateway.log)[number]): boolean =>
    line.event === 'decision' && line.verdict === 'allow' && line.path === bare;
  return gateway.log.filter(isOne).length;
}

const held: Held[] = [];
beforeEach(() => {
  for (const { end } of held.splice(0)) end();
});

const control = async (what: string, content?: unknown) => await askControl(gateway, what, content);
const curl = async (...args: readonly string[]) =>
  await gateway.curl('--proxy', `http://${GATEWAY}:3128`, ...args);
const origin = (port: number, path = '/'): string => `https://allowed.test:${port}${path}`;

test('a new policy without the token changes nothing, from whoever reaches the control socket', async () => {
  await start(allowing(BOTH));
  const wider = allowing(BOTH, OLD);
  expect((await askControlWith({ gateway, token: newToken() }, 'PUT /policy', wider)).status).toBe(403);
  expect((await curl(origin(OLD.port))).status).toBe(403);
  expect((await control('PUT /policy', wider)).status).toBe(200);
  expect((await curl(origin(OLD.port))).status).toBe(200);
});

describe('a new policy', () => {
  test.each<[string, string, Rule, string?]>([
    ['a raw tunnel', 'tcp', TCP],
    ['TLS that passes unopened', 'tls', PASSED],
    ['TLS that is opened, with nothing in it', 'tls', OLD],
    ['a request that waits for its answer', 'request', OLD, '/never'],
    ['a WebSocket', 'webSocket', OLD],
    ['a request of plain HTTP', 'plain', PLAIN, '/never'],
    ['a stream of HTTP/2', 'stream', BOTH, '/never'],
    ['an upload', 'upload', OLD],
    ['an upload over HTTP/2', 'upload2', BOTH],
    ['a WebSocket over HTTP/2', 'webSocket2', OLD],
  ])(
    'a new policy breaks off %s at once when its rule is gone, and lets in no other',
    async (_, ...[way, own, path]) => {
      await start(allowing(...ALL));
      const { broken } = await hold(way, own.port, path);
      const others = ALL.filter((one) => one !== own);
      const { status, body } = await control('PUT /policy', allowing(...others));
      expect(status).toBe(200);
      expect((JSON.parse(body) as { closed: number }).closed).toBeGreaterThan(0);
      expect(await broken).toBe(9);
      const again = own === PLAIN ? 'http://allowed.test:8080/' : origin(own.port);
      expect((await curl(again)).status).toBe(403);
    },
  );

  test('a new policy leaves running requests that it still allows', async () => {
    await start(allowing(TCP, BOTH));
    await hold('tcp', TCP.port);
    await hold('stream', BOTH.port, '/never');
    const narrower = allowing({ ...TCP, id: 'renamed' }, { ...BOTH, paths: ['/never'] });
    expect(JSON.parse((await control('PUT /policy', narrower)).body)).toEqual({ closed: 0 });
    const { body } = await control('GET /metrics');
    expect(body).toContain('bot_bottle_open_tunnels{bottle="test-bottle"} 1');
  });

  test('a new policy with another path breaks off only the request, not its neighbours', async () => {
    await start(allowing(OLD));
    const [gone, kept] = [await hold('request', OLD.port, '/never?1'), await hold('webSocket', OLD.port)];
    const narrower = allowing({ ...OLD, paths: ['/ws'] });
    expect(JSON.parse((await control('PUT /policy', narrower)).body)).toEqual({ closed: 1 });
    expect(await Promise.race([kept.broken, gone.broken.then(() => 'the other')])).toBe('the other');
    await gateway.stop();
    const [end] = gateway.log.filter(({ event, path }) => event === 'end' && path === '/never');
    expect(end?.reason).toMatch(/policy of this bottle changed/);
  });

  test('a wider policy lets in more, also by name', async () => {
    await start(allowing(BOTH));
    expect((await curl(origin(OLD.port))).status).toBe(403);
    expect((await control('PUT /policy', allowing(BOTH, OLD))).status).toBe(200);
    expect((await curl(origin(OLD.port))).status).toBe(200);
  });

  test('a policy that adds an identity breaks off requests to its host, and scrubs it from then on', async () => {
    await start(allowing(OLD));
    const value = 'first-value-of-the-key';
    const told = async () => (await curl('--data', value, origin(OLD.port, '/echo'))).body;
    expect(await told()).toBe(value);
    const { broken } = await hold('webSocket', OLD.port);
    const { body } = await control('PUT /policy', allowing(OLD, { ...LENT, paths: ['/v1/**'] }));
    expect((JSON.parse(body) as { closed: number }).closed).toBeGreaterThan(0);
    expect(await broken).toBe(9);
    expect(await told()).toBe('*'.repeat(value.length));
    await control('PUT /policy', allowing(OLD));
    expect(await told()).toBe('*'.repeat(value.length));
  });

  test.each<[string, Rule, RegExp]>([
    ['a host whose TLS would be opened', { ...OLD, host: 'other.test' }, /other\.test/],
    ['a secret', { ...OLD, inject: { secret: 'new', slot: { kind: 'bearer' } } }, /new/],
  ])('a policy that needs %s which the bottle cannot get changes nothing', async (_, more, why) => {
    await start(allowing(TCP, BOTH));
    const { broken } = await hold('tcp', TCP.port);
    const { status, body } = await control('PUT /policy', allowing(BOTH, more));
    expect({ status, body }).toEqual({ status: 409, body: expect.stringMatching(why) as string });
    expect((await curl(origin(BOTH.port))).status).toBe(200);
    expect(await Promise.race([broken, Promise.resolve('stands')])).toBe('stands');
  });
});

describe('a new value of a secret', () => {
  test('a new value of a secret is sent from the next request on, and the old one is still scrubbed', async () => {
    await start(allowing(LENT));
    const heard = async () => {
      const from = world.heard.length;
      const { body } = await curl(origin(LENT.port));
      const [{ rawHeaders = [] } = {}] = (await world.heardSince(from, 'request')) as unknown as {
        rawHeaders?: string[];
      }[];
      expect(body).not.toMatch(/(first|second)-value/);
      return rawHeaders.find((value) => value.startsWith('Bearer '));
    };
    expect(await heard()).toBe('Bearer first-value-of-the-key');
    expect(await control('PUT /secrets', { key: 'second-value-of-the-key' })).toMatchObject({
      status: 200,
    });
    expect(await heard()).toBe('Bearer second-value-of-the-key');
    const { body } = await curl('--data', 'x', origin(LENT.port, '/echo'));
    expect(body).toBe('x');
  });

  test.each(['not JSON', { key: '' }, { other: 'value' }, null])(
    'a new value of a secret is refused: %j',
    async (content) => {
      const { status, body } = await control('PUT /secrets', content);
      expect(status).toBe(400);
      expect(body).not.toContain('value-of');
    },
  );
});

describe('from the bottle', () => {
  test.each([
    ['on the proxy’s port', 3128, 'GET /metrics HTTP/1.1\r\nHost: gateway\r\n\r\n'],
    ['on port 80', 80, `GET /metrics HTTP/1.1\r\nHost: ${GATEWAY}\r\n\r\n`],
    [
      'as a proxy',
      3128,
      `PUT http://${GATEWAY}/policy HTTP/1.1\r\nHost: ${GATEWAY}\r\nContent-Length: 2\r\n\r\n{}`,
    ],
    ['through CONNECT', 3128, 'CONNECT gateway:80 HTTP/1.1\r\n\r\n'],
  ])('the bottle does not see the control socket: %s', async (_, port, text) => {
    const answer = await gateway.send(port, text);
    expect(answer).toMatch(/^HTTP\/1\.1 (403|400)/);
    expect(answer).not.toContain('bot_bottle_decisions_total');
  });

  test('the control socket answers the host', async () => {
    const { status, body } = await control('GET /metrics');
    expect(status).toBe(200);
    expect(body).toContain('bot_bottle_decisions_total{bottle="test-bottle",verdict="deny"');
    expect((await control('DELETE /policy')).status).toBe(404);
  });
});
