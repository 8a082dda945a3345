import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../../src/host/run.ts';
import { connect, hello } from './support/attempt.ts';
import { GATEWAY, World, type TestGateway } from './support/world.ts';

/** DNS: allowed names have the gateway's address, others do not exist, and no question leaves. */

let world: World;
let gateway: TestGateway;

beforeAll(async () => {
  world = await World.open();
  gateway = await world.startGateway([{ host: 'allowed.test' }, { host: '*.wild.test' }], {
    deny: [{ host: 'denied.wild.test' }],
  });
});

afterAll(async () => {
  await gateway?.stop();
  await world?.close();
});

async function ask(name: string, type: string): Promise<string> {
  const script =
    `const r = new (require('dns').Resolver)({ tries: 1, timeout: 10000 }); r.setServers(['${GATEWAY}']);` +
    `r.resolve('${name}', '${type}', (e, a) => console.log(e?.code ?? JSON.stringify(a)))`;
  return (await gateway.inBottle(['node', '-e', script])).stdout.trim();
}

test.each([
  ['allowed.test', 'A', `["${GATEWAY}"]`],
  ['ALLOWED.test', 'A', `["${GATEWAY}"]`],
  ['anything.wild.test', 'A', `["${GATEWAY}"]`],
  ['allowed.test', 'AAAA', 'ENODATA'],
  ['allowed.test', 'TXT', 'ENODATA'],
  ['allowed.test', 'MX', 'ENODATA'],
  ['evil.test', 'A', 'ENOTFOUND'],
  ['c2VjcmV0.evil.test', 'TXT', 'ENOTFOUND'],
  ['sub.allowed.test', 'A', 'ENOTFOUND'],
  ['denied.wild.test', 'A', 'ENOTFOUND'],
  ['wild.test', 'A', 'ENOTFOUND'],
  ['1.113.0.203.in-addr.arpa', 'PTR', 'ENOTFOUND'],
])('%s %s: %s', async (name, type, answer) => {
  expect(await ask(name, type)).toBe(answer);
});

test('no DNS query leaves, whatever is asked', async () => {
  const from = world.heard.length;
  const lookup = ['node', '-e', 'require("dns").lookup("control.test", () => 0)'];
  const [program = '', ...args] = world.inHost(lookup);
  for (const name of ['evil.test', 'c2VjcmV0.evil.test', 'allowed.test', 'secret.wild.test'])
    await ask(name, 'A');
  expect(await world.heardSince(from, 'dns')).toEqual([]);
  await run(program, args); // control: a question of the host is received
  expect(await world.heardSince(from, 'dns')).not.toEqual([]);
});

test('a name under a wildcard is looked up for a request, and not for a connection without one', async () => {
  const [from, lines] = [world.heard.length, gateway.decisions.length];
  await gateway.send(3128, connect('carried.wild.test:443'));
  await gateway.send(3128, connect('carried.wild.test:443'), 'GET / HTTP/1.1\r\n');
  expect(await world.heardSince(from, 'dns')).toEqual([]);
  await gateway.send(3128, connect('carried.wild.test:443'), hello('carried.wild.test')); // control
  expect(await world.heardSince(from, 'dns')).not.toEqual([]);
  expect(gateway.decisions.slice(lines).at(-1)).toMatchObject({
    verdict: 'deny',
    rule: 'allow[1]',
    reason: 'carried.wild.test does not resolve (ENOTFOUND)',
  });
});

test('the log has every DNS query with its rule', async () => {
  await ask('logged.evil.test', 'TXT');
  expect(gateway.decisions.at(-1)).toMatchObject({
    via: 'dns',
    verdict: 'deny',
    rule: 'default',
    host: 'logged.evil.test',
    method: 'TYPE16',
  });
  await ask('logged.wild.test', 'A');
  expect(gateway.decisions.at(-1)).toMatchObject({
    via: 'dns',
    verdict: 'allow',
    rule: 'allow[1]',
    host: 'logged.wild.test',
    method: 'A',
  });
});

test('DNS over TCP works in pieces and with several queries at once', async () => {
  const question = Buffer.from('00010100000100000000000007616c6c6f77656404746573740000010001', 'hex');
  const framed = Buffer.concat([Buffer.from([0, question.length]), question]);
  const answer = await gateway.send(
    53,
    framed.subarray(0, 5),
    framed.subarray(5),
    Buffer.concat([framed, framed]),
  );
  expect(answer.split('\x7f\xc8\x00\x01')).toHaveLength(4); // the address, three times
});
