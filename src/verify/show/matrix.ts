import type { VerifyReport } from '../report.ts';
export const renderReport = (report: VerifyReport): string =>
  JSON.stringify(
    report.rungs.map((r) => [
      r.runtime,
      r.engine,
      r.summary,
      r.failure,
      r.probes.filter((p) => p.result !== 'held').map((p) => `${p.id} ${p.user} ${p.result} ${p.evidence}`),
    ]),
    undefined,
    1,
  );
