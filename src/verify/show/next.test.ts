import { expect, test } from 'vitest';
import { EIGHT_THAT_HELD, reportOf, rowOf, rungOf } from '../../../test/support/verify/verify-report.ts';
import type { VerifyReport } from '../report.ts';
import { renewCommand, repeatCommands } from './next.ts';
import { claimsOf } from './findings.ts';

const BREACHED = rungOf({ probes: [rowOf('breached')] });
const RUNG = '--runtime runsc --engine docker --network-form bridge';
const FILE = { receiptPath: 'verify.json', bottle: undefined, manifestPath: undefined };

const BOTTLE = { name: 'dev', agents: [], probedIn: 'bottle', settings: [], manifestDigest: '' } as const;
const of = (part: Partial<NonNullable<VerifyReport['bottle']>> = {}): VerifyReport =>
  reportOf([BREACHED], { bottle: { ...BOTTLE, ...part } });

const repeated = (report: VerifyReport): readonly string[] =>
  claimsOf(report).flatMap((claim) => repeatCommands(claim, report));

test("a breach in a user's bottle is repeated by a command that names the bottle", () => {
  const namedBy = ['--bottle', 'dev', '--manifest', "my bottle's.yaml", '--yes'];
  expect(repeated(of({ namedBy }))).toEqual([
    String.raw`bot-bottle verify --bottle dev --manifest 'my bottle'\''s.yaml' --yes ${RUNG} --probe udp-host`,
  ]);
  expect(repeated(of())).toEqual([`bot-bottle verify --bottle dev ${RUNG} --probe udp-host`]);
});

test("a breach in verify's own bottle is repeated without naming one", () => {
  expect(repeated(of({ probedIn: 'arena' }))).toEqual([`bot-bottle verify ${RUNG} --probe udp-host`]);
});

test('a receipt of several rungs is renewed on all of them, with their common options', () => {
  const docker = EIGHT_THAT_HELD.filter(({ engine, runtime }) => engine === 'docker' && runtime !== 'kata');
  const renewed = (report: VerifyReport): string => renewCommand(report, FILE);
  expect(renewed(reportOf(EIGHT_THAT_HELD))).toBe(
    'bot-bottle verify --runtime all --network-form bridge --receipt verify.json',
  );
  expect(renewed(reportOf(docker))).toContain('--runtime all --engine docker --network-form bridge');
  expect(renewed(reportOf([]))).toBe('bot-bottle verify --receipt verify.json');
});
