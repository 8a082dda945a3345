import { stripVTControlCharacters } from 'node:util';
import { assert, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { anyCodePoint } from '../../../test/support/code-points.ts';
import {
  BOUND,
  newKeys,
  nowOf,
  receiptOf,
  REPORT,
  REPORT_OF_BOTTLE,
  RUNG_REPORT,
} from '../../../test/support/verify/verify-receipt.ts';
import { runs } from '../../../test/support/runs.ts';
import type { VerifyReport } from '../report.ts';
import { checkReceipt } from './check.ts';
import { renderChecked } from './render.ts';

const { privateKey, publicKey } = newKeys();
const FILE = { receiptPath: 'verify.json', bottle: undefined, manifestPath: undefined };

const BOUND_BOTTLE = { name: 'dev', manifestDigest: 'sha256:9' };

const linesOf = (report: VerifyReport, file: Parameters<typeof renderChecked>[1] = FILE): string[] => {
  const bound = report.bottle === undefined ? BOUND : { ...BOUND, bottle: BOUND_BOTTLE };
  const checked = checkReceipt(receiptOf(privateKey, report, bound), nowOf(publicKey));
  return stripVTControlCharacters(renderChecked(checked, file)).split('\n');
};

test('no line is wider than 100 columns, whatever it contains', () => {
  assert(
    property(string({ unit: anyCodePoint, size: 'medium' }), (failure) => {
      const lines = linesOf({ ...REPORT, held: false, rungs: [{ ...RUNG_REPORT, failure }] });
      expect(lines.filter((line) => Array.from(line).length > 100)).toEqual([]);
    }),
    { numRuns: runs(30) },
  );
});

const lost = { ...REPORT_OF_BOTTLE, held: false };

/** Returns the last command line, joined into one. */
const renewal = (...args: Parameters<typeof linesOf>): string | undefined =>
  linesOf(...args)
    .join(' ')
    .replaceAll(/ \\? +/g, ' ')
    .split('To make a new one: ')[1];

test('the next command makes a new receipt on the same rung, into the same file, of the same bottle', () => {
  const rung = '--runtime bubblewrap --network-form joined';
  expect(renewal(REPORT)).toBeUndefined();
  expect(renewal({ ...REPORT, held: false })).toBe(`bot-bottle verify ${rung} --receipt verify.json`);
  expect(renewal(lost)).toBe(`bot-bottle verify --bottle dev ${rung} --receipt verify.json`);
  const given = { receiptPath: 'my receipt', bottle: 'dev', manifestPath: 'm.yaml' };
  expect(renewal(lost, given)).toBe(
    `bot-bottle verify --bottle dev --manifest m.yaml ${rung} --receipt 'my receipt'`,
  );
});
