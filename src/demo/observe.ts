import type { AuditLine } from '../gateway/config.ts';
import type { Side } from '../verify/arena/arena.ts';
import type { Targets } from '../verify/arena/targets.ts';
import type { AgentMessage } from '../verify/inside/attack.ts';
import type { Control } from './attempts.ts';
import type { ControlRow } from './judge.ts';

/** Judges controls by the evidence outside the bottle. */

/** The evidence on the bottle's run. */
export interface BottleSeen {
  readonly side: Side;
  readonly targets: Targets;
  readonly words: readonly AgentMessage[];
  /** The decisions in the gateway's log. */
  readonly decisions: readonly AuditLine[];
}

/** Returns whether a control succeeded, with the evidence. */
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
