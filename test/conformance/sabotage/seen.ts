import { stageOf, type Probe } from '../../../src/verify/probes/probe.ts';
import { NOT_SEEN } from './not-seen.ts';
import { SABOTAGES } from './table.ts';

/** Where each probe has succeeded: a probe that never did may be unable to. */
export type Seen =
  /** From a plain process of the host: test/integration/verify/verify-in-the-open.test.ts. */
  | { readonly where: 'open' }
  /** In a bottle that a mistake of ours opened: test/conformance/sabotage.test.ts. */
  | { readonly where: 'sabotage'; readonly names: readonly string[] }
  | { readonly where: 'nowhere'; readonly why: string | undefined };

/**
 * Whether it must succeed in the open on any host. Kernel probes differ: it depends on what an ordinary user may do.
 */
export const succeedsInTheOpen = (probe: Pick<Probe, 'closedInTheOpen' | 'oracle'>): boolean =>
  probe.closedInTheOpen === undefined && probe.oracle.kind !== 'process' && stageOf(probe) !== 'end';

/** The mistakes that let the probe succeed. */
const sabotagesOf = (id: string): readonly string[] =>
  SABOTAGES.filter(({ breached = [] }) => breached.includes(id)).map(({ name }) => name);

/** Returns where a probe has succeeded. Pure. */
export function whereSeen(probe: Pick<Probe, 'id' | 'closedInTheOpen' | 'oracle'>): Seen {
  if (succeedsInTheOpen(probe)) return { where: 'open' };
  const names = sabotagesOf(probe.id);
  return names.length > 0 ? { where: 'sabotage', names } : { where: 'nowhere', why: NOT_SEEN[probe.id] };
}
