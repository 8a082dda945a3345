import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { attempt, connect, hello } from './support/attempt.ts';
import { World, type TestGateway } from './support/world.ts';

/** A host whose resolver first appends a domain to names, and whose domain has an answer for each name. */

let world: World;
let gateway: TestGateway;

beforeAll(async () => {
  world = await World.open(undefined, 'search corp.test\noptions ndots:5\n');
});
afterEach(async () => await gateway?.stop());
afterAll(async () => await world?.close());

const RULES = [
  { host: 'allowed.test' },
  { host: '*.wild.test' },
  { host: 'intranet' },
  { host: 'hosts-file.test' },
  { host: 'hosts-file' },
  { host: 'localhost' },
];

async function namesAsked(from: number): Promise<unknown[]> {
  const questions = await world.heardSince(from, 'dns');
  return [
    ...new Set(questions.filter(({ from: asker }) => asker === '198.51.100.2').map(({ name }) => name)),
  ];
}

test.each([
  ['allowed.test', 'to 203.0.113.10', ['allowed.test']],
  ['x.wild.test', 'to 203.0.113.10', ['x.wild.test']],
  ['missing.wild.test', 'missing.wild.test does not resolve (ENOTFOUND)', ['missing.wild.test']],
  ['hosts-file.test', 'to 203.0.113.10', []],
  ['hosts-file', 'to 203.0.113.10', []],
  ['localhost', 'localhost leads to 127.0.0.1 (loopback)', []],
  ['intranet', 'to 203.0.113.20', ['intranet.corp.test']],
])('%s: %s, and the lookups are %j', async (host, reason, names) => {
  gateway = await world.startGateway(RULES);
  const from = world.heard.length;
  const { decision } = await attempt({ world, gateway }, 3128, [connect(`${host}:443`), hello(host)]);
  expect({ reason: decision?.reason, names: await namesAsked(from) }).toEqual({ reason, names });
});

test.each([
  ['proxy', ['proxy.corp.test']],
  // The proxy gets its password: it must not be a host that answers for all names of the domain.
  ['localhost', []],
  ['hosts-file', []],
])('a company proxy may have a name without a dot: %s, and the lookups are %j', async (host, names) => {
  gateway = await world.startGateway(RULES, { config: { upstreamProxy: { host, port: 3129, bypass: [] } } });
  const from = world.heard.length;
  await attempt({ world, gateway }, 3128, [connect('allowed.test:443'), hello('allowed.test')]);
  expect(await namesAsked(from)).toEqual(names);
});
