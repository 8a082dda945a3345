import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { ProbeRow, RungReport, VerifyReport } from '../../../src/verify/report.ts';
import type { Now } from '../../../src/verify/receipt/check.ts';
import { makeReceipt } from '../../../src/verify/receipt/make.ts';
import type { Bound } from '../../../src/verify/receipt/payload.ts';

/** A small receipt, and the installation that it describes, for tests. */

export const newKeys = (): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } =>
  generateKeyPairSync('ed25519');

export const MADE_AT = new Date('2025-03-01T12:00:00.000Z');

const HOST = { kernel: '6.1.0', system: 'Some Linux 12', architecture: 'x64' };
const RUNG = { runtime: 'bubblewrap', engine: 'bubblewrap', networkForm: 'joined' } as const;
const LOOK = { kernel: '6.1.0', bwrap: '0.8.0' };

export const ROW: ProbeRow = {
  id: 'tcp-host',
  family: 'ways',
  claim: 'c',
  attack: 'a',
  user: 'agent',
  control: 'passed',
  result: 'held',
  evidence: 'e',
  breach: 'b',
  source: 's',
};

export const RUNG_REPORT: RungReport = {
  ...RUNG,
  boundary: 'shared-kernel',
  evidence: { ...LOOK, pids: '64' },
  probes: [ROW],
  summary: { held: 1, breached: 0, unproven: 0, notApplicable: 0 },
  floors: [],
  durationMs: 5,
};

export const REPORT: VerifyReport = {
  botBottleVersion: '1.2.3',
  startedAt: '2025-03-01T11:59:00.000Z',
  host: HOST,
  rungs: [RUNG_REPORT],
  notCovered: [],
  held: true,
};

/** The same report for a bottle of the user. */
export const REPORT_OF_BOTTLE: VerifyReport = {
  ...REPORT,
  bottle: {
    name: 'dev',
    agents: ['dev'],
    probedIn: 'bottle',
    settings: [],
    manifestDigest: 'sha256:9',
  },
  findings: [],
};

export const BOUND: Bound = {
  botBottleVersion: '1.2.3',
  suiteDigest: 'sha256:5',
  suiteProbes: ['tcp-host'],
  gatewayDigest: 'sha256:6',
  rungs: [{ ...RUNG, manifestDigest: 'sha256:7', imageDigest: 'sha256:8', look: LOOK }],
};

/** Returns the installation that made the receipt, right afterwards. */
export const nowOf = (key: KeyObject | undefined, more: Partial<Now> = {}): Now => ({
  key,
  isGivenKey: false,
  at: MADE_AT,
  botBottleVersion: '1.2.3',
  suite: { digest: 'sha256:5', probes: ['tcp-host'] },
  gatewayDigest: 'sha256:6',
  host: HOST,
  rungs: [{ rung: RUNG, status: 'ready', evidence: LOOK, image: { digest: 'sha256:8' } }],
  ...more,
});

export const receiptOf = (privateKey: KeyObject, report = REPORT, bound = BOUND): string =>
  makeReceipt(report, bound, { privateKey, at: MADE_AT });
