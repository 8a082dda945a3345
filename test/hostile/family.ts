import type { Marks, Row } from './row.ts';

/** Rows in pairs: one that is allowed, and those that differ from it only in a trick. */

export type Send = Row['send'];

export interface Control extends Omit<Row, 'verdict' | 'control'> {
  readonly tricks: readonly Trick[];
}

export type Trick = readonly [
  id: string,
  source: string,
  send: Send,
  rule: Row['rule'],
  /** Where the trick is made harmless instead of refused. */
  outcome?: Pick<Row, 'arrives'> & { readonly verdict: 'allow' },
];

/** The control and its tricks, which are refused unless they say otherwise. */
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

/** The words NONCE, EVIL and PLACEHOLDER in whatever text a row has become what they stand for. */
export function filled<Value>(value: Value, { nonce, evil, placeholder }: Marks): Value {
  const text = JSON.stringify(value)
    .replaceAll('NONCE', nonce)
    .replaceAll('EVIL', evil)
    .replaceAll('PLACEHOLDER', placeholder);
  return JSON.parse(text) as Value;
}
