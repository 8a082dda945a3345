import type { Marks, Row } from './row.ts';

/** Pairs of rows: an allowed row, and rows that differ from it only by a trick. */

export type Send = Row['send'];

export interface Control extends Omit<Row, 'verdict' | 'control'> {
  readonly tricks: readonly Trick[];
}

export type Trick = readonly [
  id: string,
  source: string,
  send: Send,
  rule: Row['rule'],
  /** The outcome if the gateway makes the trick harmless instead of refusing it. */
  outcome?: Pick<Row, 'arrives'> & { readonly verdict: 'allow' },
];

/** Returns the control and its tricks. The gateway must refuse each trick that does not state another outcome. */
export function family({ tricks, ...control }: Control): Row[] {
  const hostile = tricks.map(([id, source, send, rule, outcome]): Row => ({
    id,
    source,
    send,
    rule,
    verdict: 'deny',
    control: control.id,
    ...outcome,
  }));
  return [{ ...control, verdict: 'allow' }, ...hostile];
}

export const HARMLESS = { verdict: 'allow' } as const;

/** Replaces the words NONCE, EVIL and PLACEHOLDER in each text of a row by the values that they stand for. */
export function filled<Value>(value: Value, { nonce, evil, placeholder }: Marks): Value {
  const text = JSON.stringify(value)
    .replaceAll('NONCE', nonce)
    .replaceAll('EVIL', evil)
    .replaceAll('PLACEHOLDER', placeholder);
  return JSON.parse(text) as Value;
}
