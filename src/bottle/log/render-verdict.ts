import { styled } from '../../ui/colour.ts';
import { escapeText } from '../../ui/terminal/text.ts';
import type { LogVerdict } from './verify.ts';

/** Formats the verdict on a log for people. */
export function renderVerdict(verdict: LogVerdict): string {
  const { bottle, lines, key, signedAt, breaks, faults, limits } = verdict;
  const name = bottle === null ? 'the log' : `the log of ${bottle}`;
  const count = `${lines} ${lines === 1 ? 'line' : 'lines'}`;
  const head = `${headOf(verdict)}: ${name}, ${count}`;
  const rows = [
    ...breaks.map(({ line, kind, reason }) => `  line ${line}: ${kind}: ${reason}`),
    ...faults.map((fault) => `  ${fault}`),
    ...(key === null ? [] : [`  signed ${signedAt ?? ''} by ${key}`]),
    ...limits.map((limit) => `  ${limit}`),
  ];
  return [head, ...rows.map(escapeText)].join('\n');
}

/** Claims no more than is known: a log after a crash looks like a truncated one and may be neither. */
function headOf({ intact, signed, launcherLost, breaks, limits }: LogVerdict): string {
  if (intact)
    return limits.length === 0 ? styled('green', 'intact') : styled('yellow', 'intact as far as can be told');
  const isOnlyUnsigned = !signed && launcherLost === true && breaks.length === 0;
  return isOnlyUnsigned ? styled('yellow', 'not signed') : styled('red', 'not intact');
}
