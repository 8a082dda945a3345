/**
 * The life of a bottle. A phase is written down before its effects begin, so that whoever finds the record after a
 * crash knows what may exist.
 */
export const PHASES = ['preparing', 'opening', 'running', 'stopping', 'stopped', 'failed'] as const;
export type Phase = (typeof PHASES)[number];

const NEXT: Readonly<Record<Phase, readonly Phase[]>> = {
  preparing: ['opening', 'stopping'],
  opening: ['running', 'stopping'],
  running: ['stopping'],
  stopping: ['stopped', 'failed'],
  stopped: [],
  failed: [],
};

/** Whether something outside the bottle's folder may exist in this phase. */
export const isLive = (phase: Phase): boolean => NEXT[phase].length > 0;

/** Whether a bottle may go from one phase to the other. Going on in `stopping` again is how a cleanup is resumed. */
export const mayFollow = (from: Phase, to: Phase): boolean =>
  NEXT[from].includes(to) || (from === 'stopping' && to === 'stopping');
