import { styled } from '../../ui/colour.ts';
import { escapeText } from '../../ui/terminal/text.ts';
import type { LogVerdict } from './verify.ts';

/** What was found out about a log, for people. */
export function renderVerdict(verdict: LogVerdict): string {
  const { bottle, intact, lines, key, signedAt, breaks, faults, limits } = verdict;
  const name = bottle === null ? 'the log' : `the log of ${bottle}`;
  const count = `${lines} ${lines === 1 ? 'line' : 'lines'}`;
  const head = intact
    ? `${styled('green', 'intact')}: ${name}, ${count}`
    : `${styled('red', 'not intact')}: ${name}, ${count}`;
  const rows = [
    ...breaks.map(({ line, kind, reason }) => `  line ${line}: ${kind}: ${reason}`),
    ...faults.map((fault) => `  ${fault}`),
    ...(key === null ? [] : [`  signed ${signedAt ?? ''} by ${key}`]),
    ...limits.map((limit) => `  ${limit}`),
  ];
  return [head, ...rows.map(escapeText)].join('\n');
}
