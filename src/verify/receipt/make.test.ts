import { expect, test } from 'vitest';
import {
  BOUND,
  newKeys,
  receiptOf,
  REPORT,
  REPORT_OF_BOTTLE,
  ROW,
  RUNG_REPORT,
} from '../../../test/support/verify/verify-receipt.ts';

const { privateKey } = newKeys();
const [rung] = BOUND.rungs;
if (rung === undefined) throw new Error('the sample has no rung');

test('the same run gives the same file', () => {
  expect(receiptOf(privateKey)).toBe(receiptOf(privateKey));
});

test('a rung that failed before its bottle started needs no bound receipt', () => {
  const report = { ...REPORT, rungs: [{ ...RUNG_REPORT, failure: 'why', probes: [] }], held: false };
  expect(() => receiptOf(privateKey, report, { ...BOUND, rungs: [], gatewayDigest: null })).not.toThrow();
});

test.each([
  ['another version', REPORT, { ...BOUND, botBottleVersion: '2' }],
  ['nothing is bound', REPORT, { ...BOUND, rungs: [] }],
  ['nothing is bound', REPORT, { ...BOUND, rungs: [{ ...rung, networkForm: 'bridge' as const }] }],
  ['not in the report', { ...REPORT, rungs: [] }, BOUND],
  ['bound twice', REPORT, { ...BOUND, rungs: [rung, rung] }],
  ['twice in the report', { ...REPORT, rungs: [RUNG_REPORT, RUNG_REPORT] }, BOUND],
  [
    'a probe that did not',
    { ...REPORT, rungs: [{ ...RUNG_REPORT, probes: [{ ...ROW, result: 'unproven' as const }] }] },
    BOUND,
  ],
  ['another bottle', REPORT, { ...BOUND, bottle: { name: 'dev', manifestDigest: 'sha256:9' } }],
  ['another bottle', REPORT_OF_BOTTLE, BOUND],
  ['another bottle', REPORT_OF_BOTTLE, { ...BOUND, bottle: { name: 'dev', manifestDigest: 'sha256:x' } }],
  ['no gateway', REPORT, { ...BOUND, gatewayDigest: null }],
  [
    'not of the suite: odd',
    { ...REPORT, rungs: [{ ...RUNG_REPORT, probes: [{ ...ROW, id: 'odd' }] }] },
    BOUND,
  ],
])('no receipt is made of an inconsistent report: %s', (fault, report, bound) => {
  expect(() => receiptOf(privateKey, report, bound)).toThrow(fault);
});
