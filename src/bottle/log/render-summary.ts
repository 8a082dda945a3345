import { styled } from '../../ui/colour.ts';
import { renderTable } from '../../ui/table.ts';
import { escapeText } from '../../ui/terminal/text.ts';
import type { LogSummary } from './summary.ts';

/** Maximum number of rows, for readability; `--json` has all. */
const MOST_ROWS = 50;

/** A summary for people. The agent chose the hosts in it. */
export function renderSummary(summary: LogSummary): string {
  const sections = [talkedTo(summary), cameToNothing(summary), refused(summary), found(summary)].filter(
    (text) => text !== '',
  );
  return sections.length === 0 ? 'no decisions' : sections.join('\n\n');
}

function talkedTo(summary: LogSummary): string {
  const rows = summary.talkedTo.map((talked) => [
    `${talked.host}:${talked.port}`,
    String(talked.requests),
    renderBytes(talked.bytes),
    talked.up + talked.down === 0 ? '' : `${renderBytes(talked.up)} up, ${renderBytes(talked.down)} down`,
    talked.tokens.input + talked.tokens.output === 0
      ? ''
      : `${talked.tokens.input} in, ${talked.tokens.output} out`,
    talked.firstAt,
    talked.lastAt,
  ]);
  return section('green', ['TALKED TO', 'REQUESTS', 'BYTES', 'EACH WAY', 'TOKENS', 'FIRST', 'LAST'], rows);
}

function cameToNothing(summary: LogSummary): string {
  const rows = summary.cameToNothing.map(({ host, port, times, lastAt, reason }) => [
    port === 0 ? `${host} (name)` : `${host}:${port}`,
    String(times),
    lastAt,
    reason,
  ]);
  return section('yellow', ['FAILED', 'TIMES', 'LAST', 'WHY'], rows);
}

function refused(summary: LogSummary): string {
  const rows = summary.refused.map(({ host, port, isLookup, times, rule, lastAt, advice, allow }) => [
    isLookup ? `${host} (name)` : port === 0 ? host : `${host}:${port}`,
    String(times),
    rule,
    lastAt,
    allow === null ? advice : `${advice}; if it is meant, under egress.allow: ${allow}`,
  ]);
  return section('red', ['REFUSED', 'TIMES', 'RULE', 'LAST', 'WHAT TO DO'], rows);
}

function found(summary: LogSummary): string {
  const rows = summary.found.map((one) => [
    `${one.detector} ${one.id}`,
    String(one.times),
    `${one.where}, ${one.encoding}`,
    `${one.host} (${outcomeOf(one)})`,
    one.fingerprint,
  ]);
  return section('yellow', ['FOUND', 'TIMES', 'WHERE', 'ON THE WAY TO', 'FINGERPRINT'], rows);
}

/** The outcome of the request with the finding, or of the finding itself. */
function outcomeOf({ verdict, redacted }: LogSummary['found'][number]): string {
  if (verdict === 'deny') return 'refused';
  return redacted === true ? 'redacted' : 'let through';
}

function section(
  style: 'green' | 'red' | 'yellow',
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  if (rows.length === 0) return '';
  const shown = rows.slice(0, MOST_ROWS).map((row) => row.map(escapeText));
  const [head = '', ...lines] = renderTable(header, shown).split('\n');
  const more = rows.length > MOST_ROWS ? [`and ${rows.length - MOST_ROWS} more: --json has them all`] : [];
  return [styled(style, head), ...lines, ...more].join('\n');
}

const UNITS = ['kB', 'MB', 'GB', 'TB'] as const;

function renderBytes(bytes: number): string {
  let [value, unit] = [bytes, 'B'];
  for (const larger of UNITS) {
    if (value < 1_000) break;
    [value, unit] = [value / 1_000, larger];
  }
  return unit === 'B' ? `${value} B` : `${value.toFixed(1)} ${unit}`;
}
