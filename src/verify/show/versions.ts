import { styled } from '../../ui/colour.ts';
import { escapeText } from '../../ui/terminal/text.ts';
import type { FloorRow } from '../floors/judge.ts';
import type { VerifyReport } from '../report.ts';
import { wrap } from './wrap.ts';

/** Versions that are known to be bad, or may be; each once, whatever rungs rest on it. */
function versionsOf({ rungs }: VerifyReport): readonly FloorRow[] {
  const rows = rungs.flatMap(({ floors }) => floors).filter(({ verdict }) => verdict !== 'current');
  const byProgram = new Map(rows.map((row) => [`${row.program} ${row.version}`, row]));
  return [...byProgram.values()].toSorted((a, b) => Number(isEscape(b)) - Number(isEscape(a)));
}

const isEscape = ({ verdict }: FloorRow): boolean => verdict === 'knownEscape';

/** The lines about them; none where all are current. */
export function renderVersions(report: VerifyReport): string[] {
  const rows = versionsOf(report);
  if (rows.length === 0) return [];
  const lines = rows.map((row) => {
    const wrapped = wrap(escapeText(row.evidence), isEscape(row) ? '  KNOWN ESCAPE  ' : '  ');
    return isEscape(row) ? wrapped.map((line) => styled('red', line)) : wrapped;
  });
  return ['Versions to look at:', ...lines.flat()];
}
