import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { manifestOf } from '../../../test/support/manifest.ts';
import { BottleError } from '../../errors.ts';
import type { Manifest } from '../load.ts';
import { DLP_ACTIONS, FOUND_ACTIONS, UNDECODABLE_ACTIONS, type DlpInput } from '../schema/dlp-schema.ts';
import { BOUNDARIES } from '../../contracts/rungs.ts';
import { WORKSPACE_MODES } from '../schema/schema.ts';
import type { SettingName, Settings } from './settings.ts';

const settingsIn = (manifest: Manifest, bottle: string): Settings =>
  manifest.bottles.get(bottle)?.settings ?? {};
const valueIn = (manifest: Manifest, bottle: string, name: SettingName): unknown =>
  settingsIn(manifest, bottle)[name]?.value;

const hostsIn = (manifest: Manifest, bottle: string, side: 'allow' | 'deny'): (string | undefined)[] =>
  (settingsIn(manifest, bottle)[`egress.${side}`]?.value ?? []).map(({ value }) => value.rule.host);

describe('lists of what is allowed', () => {
  const manifest = manifestOf(`
bottles:
  web: { egress: { allow: [{ host: a.example.org }], deny: [{ host: x.example.org }] }, skills: [one] }
  same: { extends: web }
  locked: { extends: web, egress: { allow: [] } }
  other: { extends: web, egress: { allow: [{ host: b.example.org }], deny: [{ host: y.example.org }] }, skills: [two] }
`);

  test("a list of allowed things is the parent's where the child has none", () => {
    expect(hostsIn(manifest, 'same', 'allow')).toEqual(['a.example.org']);
  });

  test("a list of allowed things is the child's alone where it has one, even an empty one", () => {
    expect(hostsIn(manifest, 'locked', 'allow')).toEqual([]);
    expect(hostsIn(manifest, 'other', 'allow')).toEqual(['b.example.org']);
    expect(valueIn(manifest, 'other', 'skills')).toMatchObject([{ value: 'two' }]);
  });

  test('a denial of a parent applies to the child too', () => {
    expect(hostsIn(manifest, 'locked', 'deny')).toEqual(['x.example.org']);
    expect(hostsIn(manifest, 'other', 'deny')).toEqual(['y.example.org', 'x.example.org']);
  });
});

test('variables are inherited one by one', () => {
  const { bottles } = manifestOf(`
bottles:
  base: { env: { A: "1", B: "2" } }
  child: { extends: base, env: { B: "3", C: "4" } }
`);
  const settings = bottles.get('child')?.settings ?? {};
  expect([settings['env.A'], settings['env.B'], settings['env.C']].map((written) => written?.value)).toEqual([
    '1',
    '3',
    '4',
  ]);
});

test("a parent's stricter limit is reported", () => {
  const { bottles } = manifestOf(`
bottles:
  base: { resources: { memory: 1g }, workspace: none, min_boundary: vm }
  child:
    extends: base
    resources: { memory: 2g }
    workspace: copy
    min_boundary: user-kernel
`);
  expect(bottles.get('child')?.notes).toEqual([
    'bot-bottle.yaml:8:19: the stricter `min_boundary` of bottle `base` holds',
    'bot-bottle.yaml:6:26: the stricter `resources.memory` of bottle `base` holds',
    'bot-bottle.yaml:7:16: the stricter `workspace` of bottle `base` holds',
  ]);
});

test('parents with a common parent do not conflict over its settings', () => {
  const manifest = manifestOf(`
bottles:
  root: { image: "node:22", egress: { allow: [{ host: a.example.org }] }, env: { A: "1" } }
  left: { extends: root, resources: { cpus: 1 } }
  right: { extends: root, resources: { cpus: 2 } }
  both: { extends: [left, right] }
`);
  expect(hostsIn(manifest, 'both', 'allow')).toEqual(['a.example.org']);
  expect(valueIn(manifest, 'both', 'resources.cpus')).toBe(1);
});

/** Bottles b0, b1, ... with limits of all kinds; each may extend earlier ones. */
const found = fc.constantFrom(...FOUND_ACTIONS);
const byDetector = fc.record(
  {
    secret: found,
    canary: found,
    pattern: found,
    undecodable: fc.constantFrom(...UNDECODABLE_ACTIONS),
    card_numbers: found,
    iban: found,
  },
  { requiredKeys: [] },
);

const manyBottles = fc
  .array(
    fc.record(
      {
        parents: fc.uniqueArray(fc.nat(6), { maxLength: 3 }),
        min_boundary: fc.constantFrom(...BOUNDARIES),
        workspace: fc.constantFrom(...WORKSPACE_MODES),
        resources: fc.record(
          {
            cpus: fc.integer({ min: 1, max: 64 }),
            memory: fc.integer({ min: 64, max: 512 }).map((mib) => `${mib}m`),
            pids: fc.integer({ min: 16, max: 5000 }),
            disk: fc.integer({ min: 16, max: 512 }).map((mib) => mib * 1024 ** 2),
          },
          { requiredKeys: [] },
        ),
        deny: fc.array(fc.constantFrom('x.example.org', 'y.example.org', 'z.example.org'), { maxLength: 2 }),
        egress: fc.record(
          {
            dlp: fc.oneof(fc.constantFrom(...DLP_ACTIONS), byDetector),
            canary: fc.boolean(),
            max_requests: fc.integer({ min: 1, max: 100 }),
            max_bytes: fc.integer({ min: 1, max: 100 }).map((kib) => `${kib}k`),
            max_tokens: fc.integer({ min: 1, max: 100 }),
            protect: fc.array(fc.constantFrom('.env', '~/.ssh/**'), { maxLength: 1 }),
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: ['parents', 'deny', 'egress'] },
    ),
    { minLength: 1, maxLength: 7 },
  )
  .map((all) =>
    all.map(({ parents, deny, egress, ...rest }, index) => ({
      ...rest,
      extends: parents.filter((parent) => parent < index).map((parent) => `b${parent}`),
      egress: { ...egress, deny: deny.map((host) => ({ host })) },
    })),
  );

type Written = Parameters<Parameters<typeof manyBottles.map>[0]>[0];

function toManifest(all: Written, order: (parents: string[]) => string[] = (parents) => parents): Manifest {
  const bottles = all.map(({ extends: parents, ...rest }, index) => [
    `b${index}`,
    parents.length === 0 ? rest : { ...rest, extends: order([...parents]) },
  ]);
  return manifestOf(stringify({ bottles: Object.fromEntries(bottles) as unknown }));
}

const DETECTORS = ['secret', 'canary', 'pattern', 'undecodable', 'card_numbers', 'iban'] as const;

/**
 * `off` disables every detector; a word refuses data that cannot be decoded; a map is strict for each detector that it
 * omits.
 */
function loosenessFor(detector: (typeof DETECTORS)[number], dlp: DlpInput): number {
  if (dlp === 'off') return DLP_ACTIONS.length;
  if (detector === 'card_numbers' || detector === 'iban') {
    const asked = typeof dlp === 'object' ? dlp[detector] : undefined;
    return asked === undefined ? FOUND_ACTIONS.length : FOUND_ACTIONS.indexOf(asked);
  }
  const word = typeof dlp === 'object' ? dlp[detector] : detector === 'undecodable' ? 'refuse' : dlp;
  return Math.max(
    ['block', 'redact', 'warn'].indexOf(word ?? 'block'),
    ['refuse', 'pass'].indexOf(word ?? 'refuse'),
  );
}

const LOOSENESS: readonly (readonly [SettingName, (value: never) => number])[] = [
  ['min_boundary', (value) => -BOUNDARIES.indexOf(value)],
  ['workspace', (value) => WORKSPACE_MODES.indexOf(value)],
  ['resources.cpus', (value) => value],
  ['resources.memory', (value) => value],
  ['resources.pids', (value) => value],
  ['resources.disk', (value) => value],
  ...DETECTORS.map((detector) => ['egress.dlp', (dlp: DlpInput) => loosenessFor(detector, dlp)] as const),
  ['egress.canary', (isPlaced: boolean) => (isPlaced ? 0 : 1)],
  ['egress.max_requests', (value) => value],
  ['egress.max_bytes', (value) => value],
  ['egress.max_tokens', (value) => value],
  // A bottle that protects more is stricter.
  ['egress.protect', (value: readonly string[]) => -value.length],
];

/** How loose a bottle is in each setting; without a limit, infinitely. */
const loosenessOf = (manifest: Manifest, bottle: string): readonly number[] =>
  LOOSENESS.map(([name, looseness]) => {
    const limit = settingsIn(manifest, bottle)[name];
    return limit === undefined ? Infinity : looseness(limit.value as never);
  });

test('no bottle is ever looser than any of its parents', () => {
  fc.assert(
    fc.property(manyBottles, (all) => {
      const manifest = toManifest(all);
      for (const [index, { extends: parents }] of all.entries()) {
        const [child, limits] = [`b${index}`, parents.map((parent) => loosenessOf(manifest, parent))];
        for (const [which, own] of loosenessOf(manifest, child).entries()) {
          expect(own).toBeLessThanOrEqual(Math.min(...limits.map((limit) => limit[which] ?? Infinity)));
        }
        for (const parent of parents) {
          expect(hostsIn(manifest, child, 'deny')).toEqual(
            expect.arrayContaining(hostsIn(manifest, parent, 'deny')),
          );
        }
      }
    }),
  );
});

test('no bottle is looser than its own settings', () => {
  fc.assert(
    fc.property(manyBottles, (all) => {
      const manifest = toManifest(all);
      const alone = toManifest(all.map((bottle) => ({ ...bottle, extends: [] })));
      for (const index of all.keys()) {
        const [whole, own] = [loosenessOf(manifest, `b${index}`), loosenessOf(alone, `b${index}`)];
        expect(whole.every((value, which) => value <= (own[which] ?? Infinity))).toBe(true);
      }
    }),
  );
});

test('the order of parents does not matter', () => {
  // The same meaning of `dlp` has several spellings.
  const names = LOOSENESS.map(([name]) => name).filter((name) => name !== 'egress.dlp');
  const plain = (manifest: Manifest, all: Written) =>
    all.map((_, index) => [
      names.map((name) => valueIn(manifest, `b${index}`, name)),
      loosenessOf(manifest, `b${index}`),
      hostsIn(manifest, `b${index}`, 'deny').sort((a = '', b = '') => a.localeCompare(b)),
    ]);
  fc.assert(
    fc.property(manyBottles, (all) => {
      const turned = toManifest(all, (parents) => parents.toReversed());
      expect(plain(turned, all)).toEqual(plain(toManifest(all), all));
    }),
  );
});

test('conflicting parents are an error in either order', () => {
  for (const order of ['one, two', 'two, one']) {
    const text = `bottles: { one: { runtime: runc }, two: { runtime: runsc }, both: { extends: [${order}] } }\n`;
    expect(() => manifestOf(text)).toThrow(BottleError);
  }
});
