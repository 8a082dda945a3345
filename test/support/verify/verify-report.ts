import { FAMILIES, USERS, type FamilyName, type User } from '../../../src/verify/probes/probe.ts';
import { NOT_COVERED } from '../../../src/verify/probes/not-covered.ts';
import {
  RESULTS,
  type ProbeRow,
  type Result,
  type RungReport,
  type Summary,
  type VerifyReport,
} from '../../../src/verify/report.ts';

/** Makes reports in the form of `verify`, for tests of how they are rendered. */

const ROW: ProbeRow = {
  id: 'udp-host',
  family: 'ways',
  claim: 'No datagram reaches any address of the host.',
  attack: 'send a datagram, no answer needed',
  user: 'agent',
  control: 'passed',
  result: 'held',
  evidence:
    'nothing was seen outside; the attempt met: connect ENETUNREACH; its control went through: tcp on 192.0.2.1',
  breach: 'talks to services of the host and its network, unseen and unjudged',
  source: 'CVE-2020-15257: containerd-shim on an abstract socket',
};

/** What a row of each result changes. */
const OF_RESULT: Readonly<Record<Result, Partial<ProbeRow>>> = {
  held: {},
  breached: { evidence: 'seen outside: udp from 192.0.2.9, datagram from 2001:db8::1' },
  unproven: {
    control: 'failed',
    evidence: 'its control did not go through (connect ECONNREFUSED), so that nothing was seen means nothing',
  },
  notApplicable: {
    control: 'none',
    evidence: 'there is no root in a bottle of this rung (trait rootInside)',
  },
};

export const rowOf = (result: Result, part: Partial<ProbeRow> = {}): ProbeRow => ({
  ...ROW,
  result,
  ...OF_RESULT[result],
  ...part,
});

/** Decides the result of a probe for a user on one rung. */
type Fate = (id: string, user: User) => Result;

const PROBES_PER_FAMILY = 4;

/** Returns a row for each user of some probes of each family. */
export const rowsOf = (fate: Fate): ProbeRow[] =>
  (Object.keys(FAMILIES) as FamilyName[]).flatMap((family) =>
    Array.from({ length: PROBES_PER_FAMILY }, (_, at) => `${family}-probe-${at + 1}`).flatMap((id) =>
      USERS.map((user) =>
        rowOf(fate(id, user), { id, family, user, claim: `${ROW.claim.slice(0, -1)} (${id}).` }),
      ),
    ),
  );

export function rungOf(part: Partial<RungReport> = {}): RungReport {
  const probes = part.probes ?? rowsOf(() => 'held');
  const summary = Object.fromEntries(
    RESULTS.map((result) => [result, probes.filter((row) => row.result === result).length]),
  ) as Summary;
  return {
    runtime: 'runsc',
    engine: 'docker',
    boundary: 'user-kernel',
    networkForm: 'bridge',
    evidence: {
      kernel: '6.12.0',
      docker: '28.3.2',
      runsc: 'release-20250812.0',
      seccomp: 'filter, read back',
    },
    floors: [],
    probes,
    summary,
    durationMs: 12_345,
    ...part,
  };
}

export const reportOf = (rungs: readonly RungReport[], part: Partial<VerifyReport> = {}): VerifyReport => ({
  botBottleVersion: '0.1.0',
  startedAt: '2026-01-02T03:04:05.678Z',
  host: { kernel: '6.12.0-amd64', system: 'Debian GNU/Linux 13 (trixie)', architecture: 'x64' },
  rungs,
  notCovered: NOT_COVERED,
  held: rungs.length > 0 && rungs.every(({ summary }) => summary.breached + summary.unproven === 0),
  ...part,
});

const withoutRoot: Fate = (_, user) => (user === 'root' ? 'notApplicable' : 'held');

const container = (runtime: 'runc' | 'crun' | 'runsc', engine: 'docker' | 'podman'): RungReport =>
  rungOf({
    runtime,
    engine,
    boundary: runtime === 'runsc' ? 'user-kernel' : 'shared-kernel',
    networkForm: 'bridge',
  });

/** As many rungs as a host may have, all of them held. */
export const EIGHT_THAT_HELD: readonly RungReport[] = [
  rungOf({
    runtime: 'bubblewrap',
    engine: 'bubblewrap',
    boundary: 'shared-kernel',
    probes: rowsOf(withoutRoot),
  }),
  container('runc', 'docker'),
  container('crun', 'docker'),
  container('runsc', 'docker'),
  container('runc', 'podman'),
  container('crun', 'podman'),
  container('runsc', 'podman'),
  rungOf({ runtime: 'kata', boundary: 'vm' }),
];

const LONG = `seen outside: file ${'/a-long-path'.repeat(30)}`;

/** Returns the same rung with other results. */
const redone = (rung: RungReport, fate: Fate, evidence?: string): RungReport => {
  const probes = rowsOf(fate).map((row) =>
    row.result === 'breached' && evidence !== undefined ? { ...row, evidence } : row,
  );
  const { runtime, engine, boundary, networkForm } = rung;
  return rungOf({ runtime, engine, boundary, networkForm, probes });
};

/** The problems of some of the eight, by their index. */
const MISHAPS: Readonly<Record<number, (rung: RungReport) => RungReport>> = {
  1: (rung) => redone(rung, (id) => (id === 'dns-probe-1' ? 'breached' : 'held')),
  2: (rung) => redone(rung, (id) => (id.startsWith('git') ? 'unproven' : 'held')),
  4: (rung) =>
    redone(rung, (id, user) => (id === 'files-probe-2' && user === 'root' ? 'breached' : 'held'), LONG),
  5: ({ runtime, engine, boundary }) =>
    rungOf({
      runtime,
      engine,
      boundary,
      networkForm: null,
      evidence: {},
      probes: [],
      durationMs: 0,
      failure: FAILURE,
    }),
};

const FAILURE = 'the engine said: cannot start a container: OCI runtime error: exit status 1';

/** The eight with every kind of problem, and a run in the open. */
export const MIXED: VerifyReport = reportOf(
  EIGHT_THAT_HELD.map((rung, at) => MISHAPS[at]?.(rung) ?? rung),
  {
    open: {
      succeeded: {
        'dns-probe-1': ['udp from 192.0.2.9'],
        'files-probe-2': ['carried home by tcp', 'said by the program'],
      },
      failed: ['ways-probe-1', 'ways-probe-2'],
      notMade: { 'ways-probe-2': 'there is nothing to try it on' },
    },
    held: false,
  },
);

/** Each result on each rung, and in each family. */
export const ALL_KINDS: VerifyReport = reportOf(
  EIGHT_THAT_HELD.map((rung) =>
    redone(rung, (id, user) => RESULTS[(Number(id.at(-1)) + user.length) % 4] ?? 'held'),
  ),
);

/** Returns a report in which every text is this text. */
export function everywhere(text: string): VerifyReport {
  const rows = rowsOf((id, user) =>
    id.endsWith('1')
      ? 'breached'
      : id.endsWith('2')
        ? 'unproven'
        : user === 'root'
          ? 'notApplicable'
          : 'held',
  );
  const probes = rows.map((row) => ({
    ...row,
    claim: text,
    attack: text,
    evidence: text,
    breach: text,
    source: text,
  }));
  const rung = rungOf({ engine: text, evidence: { [`kernel ${text}`]: text }, probes });
  return {
    botBottleVersion: text,
    startedAt: text,
    host: { kernel: text, system: text, architecture: text },
    rungs: [rung, { ...rung, failure: text }],
    open: { succeeded: { [text]: [text] }, failed: [text], notMade: { [text]: text } },
    notCovered: [],
    held: false,
  };
}
