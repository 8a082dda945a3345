import { readFile } from 'node:fs/promises';
import type { AuditLine } from '../gateway/config.ts';
import type { Arena, Side } from './arena.ts';
import type { Attempt, Control } from './attempts.ts';
import type { ControlRow } from './judge.ts';
import type { Targets } from './targets.ts';
import type { AgentWord } from './words.ts';

/** Looks outside for what an attempt or a control has done. */

/** The ways in which an attempt succeeded on one side: what its canary heard, a file that is there, a process that ended. */
export async function successOf(
  attempt: Attempt,
  { side, targets, loot }: { readonly side: Side; readonly targets: Targets; readonly loot: Arena['loot'] },
): Promise<readonly string[]> {
  const nonce = targets.attempts[attempt.id] ?? '';
  switch (attempt.success ?? 'nonce') {
    case 'nonce':
      return side.canary.heard(nonce);
    case 'loot':
      return side.canary.heard(loot[attempt.id] ?? '').map((way) => `carried home by ${way}`);
    case 'file':
      return await filesWith(nonce, [targets.writePath, targets.tmpPath]);
    case 'kill':
      return [side.victimEnded()].flatMap((end) => (end === undefined ? [] : [`the process ended: ${end}`]));
  }
}

async function filesWith(nonce: string, paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch(() => '');
    if (text.includes(nonce)) found.push(`${path} was written`);
  }
  return found;
}

/** What is known of the bottle's run. */
export interface BottleSeen {
  readonly side: Side;
  readonly targets: Targets;
  readonly words: readonly AgentWord[];
  /** The gateway's log. */
  readonly decisions: readonly AuditLine[];
}

/** Whether a control went through. */
export function controlOf({ id, claim, witness }: Control, seen: BottleSeen): ControlRow {
  const row = (wentThrough: boolean, evidence: string): ControlRow => ({ id, claim, wentThrough, evidence });
  if (witness === 'canary') {
    const ways = seen.side.canary.heard(seen.targets.controls[id] ?? '');
    return ways.length === 0
      ? row(false, 'the canary did not hear it')
      : row(true, `heard: ${ways.join(', ')}`);
  }
  const word = seen.words.find((word) => word.kind === 'control' && word.control === id);
  if (word?.kind !== 'control') return row(false, 'the agent did not come to it');
  if (!word.ok) return row(false, word.said);
  if (witness === undefined) return row(true, word.said);
  const passed = seen.decisions.filter(({ verdict, via, rule }) => {
    return verdict === 'allow' && witness.includes(via) && rule.endsWith(' npm');
  });
  const ways = [...new Set(passed.map(({ via }) => via))];
  return passed.length === 0
    ? row(false, `no request of it is in the gateway's log (looked for: ${witness.join(', ')})`)
    : row(true, `${word.said}; in the gateway's log: ${passed.length} allowed by ${ways.join(', ')}`);
}

/** What the program met at an attempt; undefined when it did not make it. */
export function metAt(attempt: Attempt, words: readonly AgentWord[]): string | undefined {
  const word = words.find((word) => word.kind === 'attempt' && word.attempt === attempt.id);
  return word?.kind === 'attempt' ? word.met : undefined;
}
