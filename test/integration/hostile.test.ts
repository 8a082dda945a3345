import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Policy } from '../../src/gateway/config.ts';
import { canonicalRule, type WrittenRule } from '../../src/gateway/policy/rules.ts';
import { answersIn, faultsOf, linesThatTell, prepare, type Fault } from '../hostile/judge.ts';
import { isHostile } from '../hostile/row.ts';
import {
  DENIALS,
  LENDING,
  LENT_SECRET,
  PROTECTED_SECRET,
  RULES,
  ruleIds,
  secretOf,
} from '../hostile/rules.ts';
import { TABLE } from '../hostile/table.ts';
import { bundle } from './gateway/support/bundle.ts';
import { GATEWAY, World, type TestGateway } from './gateway/support/world.ts';

/** The table of hostile and honest requests, between namespaces; test/conformance sends the same in real bottles. */

const SOURCES = join(import.meta.dirname, '..', 'hostile');
const ADDRESSES = ['203.0.113.10'];
const PLACEHOLDER = 'held-Kd8Wn3Yq6Xs1Zt5Vc9Mb2Rg7';

let world: World;
let gateway: TestGateway;
let faults: readonly Fault[];
let telling: readonly string[];

beforeAll(async () => {
  world = await World.open(join(SOURCES, 'canary.ts'));
  await bundle(join(SOURCES, 'sender.ts'), join(world.folder, 'send.mjs'));
  gateway = await world.startGateway([], {
    config: { policy: policy() },
    secrets: {
      inject: {
        lent: { value: LENT_SECRET, placeholder: PLACEHOLDER },
        kept: { value: PROTECTED_SECRET, placeholder: 'kept-Wb3Hq8Zs5Xn2Yt7Rd4Mc9Vg6K' },
      },
      protect: [],
    },
  });
  faults = await sendAll();
});

afterAll(async () => {
  await gateway?.stop();
  await world?.close();
});

function policy(): Policy {
  const ids = ruleIds();
  const canonical = (name: string, rule: WrittenRule, list: 'allow' | 'deny') =>
    canonicalRule(rule, { id: ids[name as keyof typeof ids], list });
  const lending = Object.entries(LENDING).map(([name, { host, slot }]) =>
    canonical(name, { host, addresses: ADDRESSES, inject: { secret: secretOf(name), slot } }, 'allow'),
  );
  const allow = Object.entries(RULES).map(([name, rule]) =>
    canonical(name, { ...rule, addresses: ADDRESSES }, 'allow'),
  );
  const deny = Object.entries(DENIALS).map(([name, rule]) => canonical(name, rule, 'deny'));
  return { allow: [...allow, ...lending], deny };
}

test('the table has at least 150 hostile and 150 honest rows, and every trick has an allowed control', () => {
  const rows = new Map(Object.values(TABLE).flatMap((family) => family.map((row) => [row.id, row] as const)));
  const hostile = [...rows.values()].filter(isHostile);
  expect(rows.size).toBe(Object.values(TABLE).flat().length);
  expect(hostile.length).toBeGreaterThanOrEqual(150);
  expect(rows.size - hostile.length).toBeGreaterThanOrEqual(150);
  const controls = new Set(hostile.map(({ control = '' }) => rows.get(control)?.verdict));
  expect([...controls]).toEqual(['allow']);
});

test.each(Object.entries(TABLE))('%s', (_, rows) => {
  const ids = new Set(rows.map(({ id }) => id));
  expect(faults.filter(({ id }) => ids.has(id))).toEqual([]);
});

test('no log line contains a secret', () => expect(telling).toEqual([]));

/** Sends all rows in order; reads the log after it is closed and complete. */
async function sendAll(): Promise<Fault[]> {
  const run = prepare(Object.values(TABLE).flat(), PLACEHOLDER);
  const program = ['node', join(world.folder, 'send.mjs'), GATEWAY];
  const options = { input: JSON.stringify(run.sendings), timeoutMs: 120_000 };
  const { stdout, stderr } = await gateway.inBottle(program, options);
  const answers = answersIn(stdout);
  expect({ stderr, answers: answers.length }).toEqual({ stderr: '', answers: run.rows.length });
  const heard = (await world.heardSince(0, 'text')).map(({ text }) => String(text));
  await gateway.stop();
  telling = linesThatTell(gateway.log, [LENT_SECRET, PROTECTED_SECRET]);
  return faultsOf(run, { log: gateway.log, heard, answers });
}
