import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startRefreshing, type Refreshing } from '../../../src/bottle/egress/refreshes.ts';
import { bottlePaths } from '../../../src/bottle/state/store.ts';
import type { GatewaySecrets, Rule } from '../../../src/gateway/config.ts';
import { writeControlToken } from '../../../src/gateway/launch/control.ts';
import { SECURE_PORTS } from './support/secure-origins.ts';
import { GATEWAY, World, type TestGateway } from './support/world.ts';

/**
 * A host answers a lent identity with 401: the launcher's own code reads the secret again outside, with the real
 * gateway.
 */

const LENT: Rule = {
  id: 'lent',
  host: 'allowed.test',
  port: SECURE_PORTS.oldOnly,
  scheme: 'https',
  opensTls: true,
  inject: { secret: 'key', slot: { kind: 'bearer' } },
};

let world: World;
let gateway: TestGateway;
let refreshing: Refreshing;
let count = 0;
const failures: unknown[] = [];
const stateBefore = process.env['XDG_STATE_HOME'];

const valuePath = (): string => join(world.folder, 'value');
const runsPath = (): string => join(world.folder, `runs-${count}`);
const runs = (): number => readFileSync(runsPath(), 'utf8').trim().split('\n').filter(Boolean).length;

beforeAll(async () => {
  world = await World.open();
  process.env['XDG_STATE_HOME'] = join(world.folder, 'state');
  const script = `#!/bin/sh\necho run >> "$1"\nsleep 0.3\ncat ${valuePath()}\n`;
  writeFileSync(join(world.folder, 'token.sh'), script);
  chmodSync(join(world.folder, 'token.sh'), 0o755);
});

beforeEach(async () => {
  await end();
  count += 1;
  const id = `rejected-${count}`;
  writeFileSync(runsPath(), '');
  writeFileSync(valuePath(), 'second-value-of-the-key\n');
  const controlDir = join(bottlePaths(id).runDir, 'control');
  mkdirSync(controlDir, { recursive: true });
  const controlTokenDigest = await writeControlToken(bottlePaths(id).runDir);
  const secrets: GatewaySecrets = {
    inject: {
      key: {
        value: 'first-value-of-the-key',
        placeholder: 'placeholder-of-the-key',
        isRenewable: true,
      },
    },
    protect: [],
  };
  const control = { controlPath: join(controlDir, 'control.sock'), controlTokenDigest };
  const config = { policy: { allow: [LENT], deny: [] }, ...control };
  gateway = await world.startGateway([], { config, secrets });
  const refreshes = [{ name: 'key', argv: [join(world.folder, 'token.sh'), runsPath()] }];
  refreshing = startRefreshing(
    { id, refreshes },
    { known: secrets, failed: (_, error) => failures.push(error) },
  );
});

afterAll(async () => {
  await end();
  await world?.close();
  if (stateBefore === undefined) delete process.env['XDG_STATE_HOME'];
  else process.env['XDG_STATE_HOME'] = stateBefore;
});

async function end(): Promise<void> {
  refreshing?.stop();
  await gateway?.stop();
}

const ask = async (value: string): Promise<number> =>
  (
    await gateway.curl(
      '--proxy',
      `http://${GATEWAY}:3128`,
      `https://allowed.test:${LENT.port}/fresh?${value}`,
    )
  ).status;

test('a rejected secret is read again: the client gets the answer, and the next request the new value', async () => {
  const from = world.heard.length;
  expect(await ask('second')).toBe(401);
  expect(await ask('second')).toBe(200);
  expect(await ask('second')).toBe(200);
  expect(await world.heardSince(from, 'request')).toHaveLength(3);
  expect(runs()).toBe(1);
});

test('many rejections at once read the secret once', async () => {
  const first = await Promise.all(Array.from({ length: 8 }, async () => await ask('second')));
  expect(first).toContain(401);
  expect(new Set(await Promise.all(Array.from({ length: 8 }, async () => await ask('second'))))).toEqual(
    new Set([200]),
  );
  expect(runs()).toBe(1);
});

test('an upstream that rejects every value does not run the command again and again', async () => {
  for (let time = 0; time < 6; time++) expect(await ask('never')).toBe(401);
  expect(runs()).toBe(1);
});

test('requests go on with the old value where no new one comes', async () => {
  writeFileSync(valuePath(), '');
  expect(await ask('second')).toBe(401);
  expect(await ask('first')).toBe(200);
  expect(failures).toHaveLength(1);
});
