import { once } from 'node:events';
import { afterEach, beforeAll, afterAll, expect, test } from 'vitest';
import type { Rule } from '../../src/gateway/config.ts';
import { SECURE_PORTS } from './gateway/secureOrigins.ts';
import { bringStandingClient, holdOpen } from './gateway/standing.ts';
import { World, type TestGateway } from './gateway/world.ts';

/** A gateway that is killed in the middle of an upload: what it held goes nowhere, what had left counts for nothing. */

let world: World;
let gateway: TestGateway;

beforeAll(async () => {
  world = await World.open();
  await bringStandingClient(world);
});

afterEach(async () => await gateway?.stop());
afterAll(async () => await world?.close());

async function start(more: Partial<Rule>): Promise<void> {
  const port = SECURE_PORTS.newOnly;
  const rule: Rule = { id: 'a', host: 'allowed.test', port, scheme: 'https', opensTls: true, ...more };
  const key = { value: 'value-of-the-key', placeholder: 'placeholder-key' };
  const secrets = { inject: { key }, protect: [] };
  gateway = await world.startGateway([], { config: { policy: { allow: [rule], deny: [] } }, secrets });
}

async function kill(): Promise<void> {
  const ended = once(gateway.process, 'exit');
  gateway.process.kill('SIGKILL');
  await ended;
}

const heardKinds = async (from: number): Promise<string[]> =>
  (await world.heardSince(from)).map(({ kind }) => kind).filter((kind) => kind !== 'dns');

test('nothing is heard of what was held, to be looked at or to be signed', async () => {
  const slot = { kind: 'sigv4', service: 'sqs', region: 'eu-north-1', accessKeyId: 'AKIDEXAMPLE' } as const;
  await start({ inject: { secret: 'key', slot } });
  const from = world.heard.length;
  const { broken } = await holdOpen(world, gateway, `upload2 ${SECURE_PORTS.newOnly} / 1000000`);
  await kill();
  // The client sees a break, and no answer.
  expect(await broken).toBe(9);
  expect(await heardKinds(from)).toEqual([]);
});

test('an upload that had begun to leave is not taken for a whole one', async () => {
  await start({});
  const from = world.heard.length;
  const { broken } = await holdOpen(world, gateway, `upload2 ${SECURE_PORTS.newOnly} / 1000000`);
  await expect.poll(async () => await heardKinds(from)).toEqual(['begun']);
  await kill();
  expect(await broken).toBe(9);
  expect(await heardKinds(from)).not.toContain('request2');
});

test('the very same upload arrives whole when nobody kills it (control)', async () => {
  await start({});
  const from = world.heard.length;
  const { exitCode } = await gateway.curl(
    '--proxy',
    'http://127.200.0.1:3128',
    '--data-binary',
    '@/usr/bin/perl',
    `https://allowed.test:${SECURE_PORTS.newOnly}/`,
  );
  expect([exitCode, await heardKinds(from)]).toEqual([0, ['begun', 'request2']]);
});
