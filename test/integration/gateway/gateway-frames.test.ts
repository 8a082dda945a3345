import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Rule } from '../../../src/gateway/config.ts';
import { bundle } from './support/bundle.ts';
import { AUTHORITY } from './support/frames/build.ts';
import { FRAME_ROWS, streamOf } from './support/frames/rows.ts';
import { SECURE_PORTS } from './support/secure-origins.ts';
import { GATEWAY, World, type Heard, type TestGateway } from './support/world.ts';

/**
 * HTTP/2 frame by frame, through the whole gateway to a host that speaks it: an invalid frame ends its connection or
 * stream as it should, and arrives nowhere.
 */

let world: World;
let gateway: TestGateway;
let ends: readonly string[];
let heard: readonly Heard[];

/** Two paths per row: the hostile one and its control. */
const pathOf = (index: number, kind: 'hostile' | 'control'): string => `/${kind}-${index}-`;

beforeAll(async () => {
  world = await World.open();
  await bundle(join(import.meta.dirname, 'support/frames/sender.ts'), join(world.folder, 'frames.mjs'));
  const rule: Rule = {
    id: 'both',
    host: 'allowed.test',
    port: SECURE_PORTS.both,
    scheme: 'https',
    opensTls: true,
  };
  gateway = await world.startGateway([], { config: { policy: { allow: [rule], deny: [] } } });
  const all = FRAME_ROWS.flatMap(({ hostile, control }, index) => [
    hostile(pathOf(index, 'hostile')),
    control(pathOf(index, 'control')),
  ]);
  const sendings = all.map((bytes) => [Buffer.from(bytes, 'latin1').toString('hex'), streamOf(bytes)]);
  const program = ['node', join(world.folder, 'frames.mjs'), GATEWAY, AUTHORITY];
  const { stdout } = await gateway.inBottle(program, {
    input: JSON.stringify(sendings),
    timeoutMs: 120_000,
  });
  ends = stdout.trim().split('\n');
  heard = await world.heardSince(0, 'request2');
}, 180_000);

afterAll(async () => {
  await gateway?.stop();
  await world?.close();
});

const arrivals = (path: string): number => heard.filter(({ url }) => url === path).length;

test.each(FRAME_ROWS.map((row, index) => [row.name, index, row] as const))('%s', (_, index, { end }) => {
  const [hostile, control] = [pathOf(index, 'hostile'), pathOf(index, 'control')];
  expect({ end: ends[2 * index], arrived: arrivals(hostile) }).toEqual({ end, arrived: 0 });
  expect({ end: ends[2 * index + 1], arrived: arrivals(control) }).toEqual({ end: 'answered', arrived: 1 });
});

test("the log has every frame's refusal", () => {
  const refused = gateway.decisions.filter(({ rule }) => rule === 'gateway.malformed');
  const counted = refused.reduce((sum, { repeats = 0 }) => sum + 1 + repeats, 0);
  // Exceeding the number of streams is not counted as a fault.
  expect(counted).toBeGreaterThanOrEqual(FRAME_ROWS.length - 1);
});
