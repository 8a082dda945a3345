/** Whether `npm test` may change this host. */

export interface Circumstances {
  /** What a look says: nothing is to be done. */
  readonly isReady: boolean;
  readonly isRoot: boolean;
  /** A person can be asked: standard input and error are a terminal. */
  readonly isTerminal: boolean;
  /** `CI=true`: a machine of its own, with nobody to ask. */
  readonly isCi: boolean;
  readonly args: readonly string[];
}

export type Consent = 'nothing to do' | 'given' | 'ask' | 'not given';

/** Root has said yes by being root; anybody else says `--yes`, or is asked. `--no-setup` goes before all. */
export function consentIn({ isReady, isRoot, isTerminal, isCi, args }: Circumstances): Consent {
  if (args.includes('--no-setup')) return 'nothing to do';
  if (isCi || isRoot || args.includes('--yes')) return 'given';
  if (isReady) return 'nothing to do';
  return isTerminal ? 'ask' : 'not given';
}
