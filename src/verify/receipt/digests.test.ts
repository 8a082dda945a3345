import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { MADE_AT, newKeys, nowOf, receiptOf } from '../../../test/support/verify/verify-receipt.ts';
import { publicKey, publicKeyForOthers, signingKey } from '../../bottle/log/signing-key.ts';
import type { Receipt } from '../../bottle/state/receipt.ts';
import type { Probe } from '../probes/probe.ts';
import { checkReceipt } from './check.ts';
import { boundOf, digestOfSuite, readSuiteFiles, type SuiteFile } from './digests.ts';
import { readReceiptFile } from './installed.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'bot-bottle-receipt-'));
  vi.stubEnv('XDG_STATE_HOME', dir);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

const probeOf = (id: string, more: Partial<Probe> = {}): Probe => ({
  id,
  family: 'ways',
  claim: 'c',
  attack: 'a',
  oracle: { kind: 'canary' },
  control: 'canary',
  run: { attack: () => undefined, control: () => undefined },
  breach: 'b',
  source: 's',
  ...more,
});
const fileOf = (path: string, text: string): SuiteFile => ({ path, content: Buffer.from(text) });
const PROBES = [probeOf('one'), probeOf('two')];
const FILES = [fileOf('a.mjs', 'a'), fileOf('b/c.pl', 'c')];

test("the suite's digest does not depend on the order", () => {
  const backwards = PROBES.map(
    (probe) => Object.fromEntries(Object.entries(probe).toReversed()) as unknown as Probe,
  );
  expect(digestOfSuite(backwards.toReversed(), FILES.toReversed())).toBe(digestOfSuite(PROBES, FILES));
});

test("the suite's digest changes with every file, name and word", () => {
  const [a, c] = FILES as [SuiteFile, SuiteFile];
  const digests = [
    digestOfSuite(PROBES, FILES),
    digestOfSuite(PROBES.slice(1), FILES),
    digestOfSuite([...PROBES, probeOf('three')], FILES),
    digestOfSuite([probeOf('one', { claim: 'weaker' }), probeOf('two')], FILES),
    digestOfSuite([probeOf('one', { oracle: { kind: 'loot', of: 'file' } }), probeOf('two')], FILES),
    digestOfSuite([probeOf('one', { users: ['agent'] }), probeOf('two')], FILES),
    digestOfSuite(PROBES, [a]),
    digestOfSuite(PROBES, [a, fileOf('b/c.pl', 'C')]),
    digestOfSuite(PROBES, [a, fileOf('b/d.pl', 'c')]),
    digestOfSuite(PROBES, [fileOf(a.path, 'c'), fileOf(c.path, 'a')]),
  ];
  expect(new Set(digests).size).toBe(digests.length);
});

test('no two sets of files have the same digest, whatever their names', () => {
  const name = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\\', ']'), maxLength: 4 });
  const files = fc.uniqueArray(fc.tuple(name, name), { selector: ([path]) => path, maxLength: 3 });
  const digest = (pairs: [string, string][]): string =>
    digestOfSuite(
      [],
      pairs.map(([path, text]) => fileOf(path, text)),
    );
  const sorted = (pairs: [string, string][]): string =>
    JSON.stringify(pairs.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  fc.assert(
    fc.property(files, files, (one, two) => {
      const same = sorted(one) === sorted(two);
      expect(digest(one) === digest(two)).toBe(same);
    }),
  );
});

test('a digest covers all files in and below the folder, and other entries are refused', async () => {
  const suite = join(dir, 'suite');
  await expect(readSuiteFiles(suite)).rejects.toThrow('cannot be read');
  mkdirSync(join(suite, 'b'), { recursive: true });
  await expect(readSuiteFiles(suite)).rejects.toThrow('is empty');
  for (const { path, content } of FILES) writeFileSync(join(suite, path), content);
  const found = await readSuiteFiles(suite);
  expect(digestOfSuite(PROBES, found)).toBe(digestOfSuite(PROBES, FILES));
  symlinkSync('a.mjs', join(suite, 'link'));
  await expect(readSuiteFiles(suite)).rejects.toThrow('neither a file nor a folder: link');
});

const bottle = (more: Partial<Receipt> = {}) => ({
  look: { evidence: { bwrap: '1' } },
  receipt: {
    botBottleVersion: '1',
    gatewayDigest: 'g',
    manifestDigest: 'm',
    imageDigest: 'i',
    rung: { runtime: 'runc', engine: 'docker', boundary: 'shared-kernel', networkForm: 'holder' },
    ...more,
  } as Receipt,
});
const SUITE = { digest: 's', probes: ['one'] };

test("a report is bound to its bottles' own receipts", () => {
  const rung = { runtime: 'runc', engine: 'docker', networkForm: 'holder', look: { bwrap: '1' } };
  expect(boundOf({ botBottleVersion: '1' }, SUITE, [bottle()])).toEqual({
    botBottleVersion: '1',
    suiteDigest: 's',
    suiteProbes: ['one'],
    gatewayDigest: 'g',
    rungs: [{ ...rung, manifestDigest: 'm', imageDigest: 'i' }],
  });
  expect(boundOf({ botBottleVersion: '1' }, SUITE, [])).toMatchObject({ gatewayDigest: null, rungs: [] });
});

test.each([{ botBottleVersion: '2' }, { gatewayDigest: 'h' }])(
  'bottles of two programs are not one report: %o',
  (more) => {
    expect(() => boundOf({ botBottleVersion: '1' }, SUITE, [bottle(), bottle(more)])).toThrow(
      'while it was being verified',
    );
  },
);

test('a file is read unchanged, and another entry is refused without waiting', async () => {
  const path = join(dir, 'receipt.json');
  const key = await signingKey();
  writeFileSync(path, receiptOf(key));
  expect(checkReceipt(await readReceiptFile(path), nowOf(await publicKey()))).toMatchObject({
    passed: true,
    madeAt: MADE_AT.toISOString(),
    key: (await publicKeyForOthers()).key,
  });
  writeFileSync(path, Buffer.from([0xff, 0xfe]));
  expect(checkReceipt(await readReceiptFile(path), nowOf(newKeys().publicKey)).signer).toBe('malformed');
  await expect(readReceiptFile(dir)).rejects.toMatchObject({ code: 'usage' });
  await expect(readReceiptFile('/dev/zero')).rejects.toMatchObject({ code: 'usage' });
  await expect(readReceiptFile(join(dir, 'none'))).rejects.toMatchObject({ code: 'usage' });
});
