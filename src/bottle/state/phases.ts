/**
 * The life of a bottle. Its record names a phase before the effects of that phase begin, so that the record shows after a crash
 * what may exist.
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

/** Whether a bottle may go from one phase to the other. A cleanup is resumed by entering `stopping` again. */
export const mayFollow = (from: Phase, to: Phase): boolean =>
  NEXT[from].includes(to) || (from === 'stopping' && to === 'stopping');
