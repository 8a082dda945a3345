/** Decides whether `npm test` may change this host. */

export interface Circumstances {
  /** A check found nothing to do. */
  readonly isReady: boolean;
  readonly isRoot: boolean;
  /** Somebody can be asked: standard input and error are a terminal. */
  readonly isTerminal: boolean;
  /** `CI=true`: a dedicated machine, with nobody to ask. */
  readonly isCi: boolean;
  readonly args: readonly string[];
}

export type Consent = 'nothing to do' | 'given' | 'ask' | 'not given';

/** Root consents by being root; other users pass `--yes`, or are asked. `--no-setup` overrides all. */
export function consentIn({ isReady, isRoot, isTerminal, isCi, args }: Circumstances): Consent {
  if (args.includes('--no-setup')) return 'nothing to do';
  if (isCi || isRoot || args.includes('--yes')) return 'given';
  if (isReady) return 'nothing to do';
  return isTerminal ? 'ask' : 'not given';
}
