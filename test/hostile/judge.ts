import type { AuditLine } from '../../src/gateway/config.ts';
import { makeNonce } from '../../src/verify/arena/nonce.ts';
import type { Marks, Row, Sending } from './row.ts';
import { ruleIds } from './rules.ts';

/**
 * Compares one run of a table with its expectations: the requests sent, the log, and the data that servers received.
 */

export interface Run {
  readonly rows: readonly { readonly row: Row; readonly marks: Marks }[];
  readonly sendings: readonly Sending[];
}

/** Draws the marks of all rows. */
export function prepare(rows: readonly Row[], placeholder: string): Run {
  const drawn = rows.map((row) => ({ row, marks: { nonce: makeNonce(), evil: makeNonce(), placeholder } }));
  return { rows: drawn, sendings: drawn.map(({ row, marks }) => row.send(marks)) };
}

/** The result of a run, as observed outside the bottle. */
export interface Told {
  readonly log: readonly AuditLine[];
  /** All data that servers received. */
  readonly heard: readonly string[];
  /** The answers that the bottle received; for display only. */
  readonly answers: readonly string[];
}

/** Returns the answers that the program in the bottle printed. */
export const answersIn = (stdout: string): string[] =>
  stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as string]));

/** A row with an unexpected result, and everything known about it. */
export interface Fault {
  readonly id: string;
  readonly faults: readonly string[];
  readonly decisions: readonly string[];
  readonly answer: string | undefined;
}

const MARKER = /^row-(\d+)\.marker\.test$/;

/** Returns all rows with an unexpected result; empty if there is none. */
export function faultsOf({ rows }: Run, { log, heard, answers }: Told): Fault[] {
  const decided = decisionsByRow(log);
  const all = heard.join('\n');
  const counted = countedByRule(log);
  return rows.flatMap(({ row, marks }, index) => {
    const decisions = decided.get(index) ?? [];
    const faults = [...decisionFaults(row, decisions, counted), ...arrivalFaults({ row, marks, all })];
    if (faults.length === 0) return [];
    const shown = decisions.map(({ verdict, rule, reason }) => `${verdict} ${rule}: ${reason}`);
    return [{ id: row.id, faults, decisions: shown, answer: answers[index] }];
  });
}

const isDecision = ({ event }: AuditLine): boolean => event === 'decision';

function decisionsByRow(log: readonly AuditLine[]): Map<number, AuditLine[]> {
  const decided = new Map<number, AuditLine[]>();
  let current: AuditLine[] = [];
  for (const line of log.filter((line) => isDecision(line) && line.repeats === undefined)) {
    const marker = MARKER.exec(line.host)?.[1];
    if (marker === undefined) current.push(line);
    else decided.set(Number(marker), (current = []));
  }
  return decided;
}

/** From the sixth on, the log counts similar refusals instead of writing each. */
function countedByRule(log: readonly AuditLine[]): Map<string, number> {
  const counted = new Map<string, number>();
  for (const { rule, repeats = 0 } of log.filter(isDecision))
    counted.set(rule, (counted.get(rule) ?? 0) + repeats);
  return counted;
}

const IDS: Readonly<Record<string, string>> = ruleIds();

/** A refused row may contain parts that are allowed by themselves; an allowed row must contain no refusal. */
function decisionFaults(
  row: Row,
  decisions: readonly AuditLine[],
  counted: Map<string, number>,
): readonly string[] {
  const rule = IDS[row.rule] ?? row.rule;
  const isExpected = (line?: AuditLine): boolean => line?.verdict === row.verdict && line.rule === rule;
  if (row.verdict === 'deny' && decisions.every(({ verdict }) => verdict === 'allow')) {
    const left = counted.get(rule) ?? 0;
    counted.set(rule, left - 1);
    return left > 0 ? [] : ['no decision is in the log'];
  }
  const isRight =
    row.verdict === 'deny'
      ? decisions.some((line) => isExpected(line))
      : isExpected(decisions.at(-1)) && decisions.every(({ verdict }) => verdict === 'allow');
  return isRight ? [] : [`${row.verdict} by ${rule} was expected`];
}

function arrivalFaults({ row, marks, all }: { row: Row; marks: Marks; all: string }): string[] {
  const faults: string[] = [];
  const arrived = all.includes(marks.nonce);
  if (row.verdict === 'allow' && !arrived) faults.push('it did not arrive');
  if (row.verdict === 'deny' && arrived) faults.push('it arrived');
  if (all.includes(marks.evil)) faults.push('what must never arrive did');
  for (const text of row.verdict === 'allow' ? (row.arrives?.(marks) ?? []) : []) {
    if (!all.includes(text)) faults.push(`${text.slice(0, 80)} did not arrive`);
  }
  return faults;
}

/** Returns the log lines that contain a secret in any spelling that a row uses, whatever the decision. */
export function linesThatTell(log: readonly AuditLine[], secrets: readonly string[]): string[] {
  const spellings = secrets.flatMap((secret) => {
    const bytes = Buffer.from(secret);
    const all = [
      secret,
      bytes.toString('hex'),
      bytes.toString('base64').replace(/=+$/, ''),
      encodeURIComponent(secret),
    ];
    return all.map((text) => text.toLowerCase());
  });
  const lines = log.map((line) => JSON.stringify(line));
  return lines.filter((line) => spellings.some((text) => line.toLowerCase().includes(text)));
}
