import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Rule } from '../../../src/gateway/config.ts';
import { NO_CORE_DUMP_BYTES } from '../../../src/host/process/core-dumps.ts';
import { SECURE_PORTS } from './support/secure-origins.ts';
import { bringStandingClient, holdOpen } from './support/standing.ts';
import { World, type TestGateway } from './support/world.ts';

/**
 * A gateway is killed in the middle of an upload: the data that it held goes nowhere, and the data that had left does
 * not count as complete.
 */

let world: World;
let gateway: TestGateway;

beforeAll(async () => {
  world = await World.open();
  await bringStandingClient(world);
});

afterEach(async () => await gateway?.stop());
afterAll(async () => await world?.close());

const KEY = `k-${randomBytes(20).toString('hex')}`;

async function start(more: Partial<Rule>, before: readonly string[] = []): Promise<void> {
  const port = SECURE_PORTS.newOnly;
  const rule: Rule = { id: 'a', host: 'allowed.test', port, scheme: 'https', opensTls: true, ...more };
  const key = { value: KEY, placeholder: 'placeholder-key' };
  const secrets = { inject: { key }, protect: [] };
  gateway = await world.startGateway([], {
    config: { policy: { allow: [rule], deny: [] } },
    secrets,
    before,
  });
}

async function kill(): Promise<void> {
  const ended = once(gateway.process, 'exit');
  gateway.process.kill('SIGKILL');
  await ended;
}

const heardKinds = async (from: number): Promise<string[]> =>
  (await world.heardSince(from)).map(({ kind }) => kind).filter((kind) => kind !== 'dns');

test('nothing arrives of a body held for inspection or signing when the gateway is killed', async () => {
  const slot = { kind: 'sigv4', service: 'sqs', region: 'eu-north-1', accessKeyId: 'AKIDEXAMPLE' } as const;
  await start({ inject: { secret: 'key', slot } });
  const from = world.heard.length;
  const { broken } = await holdOpen(world, gateway, `upload2 ${SECURE_PORTS.newOnly} / 1000000`);
  await kill();
  // The client sees a closed connection without an answer.
  expect(await broken).toBe(9);
  expect(await heardKinds(from)).toEqual([]);
});

test('an upload that had begun to leave does not arrive as a whole one when the gateway is killed', async () => {
  await start({});
  const from = world.heard.length;
  const { broken } = await holdOpen(world, gateway, `upload2 ${SECURE_PORTS.newOnly} / 1000000`);
  await expect.poll(async () => await heardKinds(from)).toEqual(['begun']);
  await kill();
  expect(await broken).toBe(9);
  expect(await heardKinds(from)).not.toContain('request2');
});

test('the same upload arrives whole without a kill (control)', async () => {
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

describe('a gateway that crashes with a secret in its memory', () => {
  /** On this host, dumps go to the crashed program's own folder. */
  const leavesFiles = !/^[|/]/.test(readFileSync('/proc/sys/kernel/core_pattern', 'utf8'));

  /** Returns the number of dumps, and of dumps that contain the secret. */
  async function crash(limit: number | 'unlimited'): Promise<[number, number]> {
    const cwd = mkdtempSync(join(world.folder, 'crash-'));
    await start({}, ['sh', '-c', `cd ${cwd} && exec prlimit --core=${limit}:${limit} "$@"`, 'sh']);
    const ended = once(gateway.process, 'exit');
    gateway.process.kill('SIGABRT');
    expect(await ended).toEqual([null, 'SIGABRT']);
    const dumps = readdirSync(cwd).map((name) => readFileSync(join(cwd, name)));
    return [dumps.length, dumps.filter((dump) => dump.includes(KEY)).length];
  }

  test('a gateway that crashes leaves no secret, with the limit that launchers set', async () => {
    expect(await crash(NO_CORE_DUMP_BYTES)).toEqual([0, 0]);
  });

  test('a gateway that crashes leaves the secret in a core file without the limit (control)', async () => {
    expect(await crash('unlimited')).toEqual(leavesFiles ? [1, 1] : [0, 0]);
  });
});
