/** What becomes of what is found: said once for everything, or by what found it. */

/** `block` ends the request, `redact` cuts out what can be cut out and blocks for the rest, `warn` only tells. */
export type Action = 'block' | 'redact' | 'warn';

export interface ActionByDetector {
  /** Values that are known: of the bottle's identities and of protected files. */
  readonly secret: Action;
  /** What was placed in the bottle to be found. */
  readonly canary: Action;
  /** What only looks like a secret. */
  readonly pattern: Action;
  /** Of which nobody can say what is in there. */
  readonly undecodable: 'refuse' | 'pass';
}

/** One word for all detectors, where what cannot be decoded is refused, whatever the word is. */
export type Actions = Action | ActionByDetector;

/** As people write it; what a map does not name is the strictest. */
export type WrittenActions =
  | Action
  | { readonly [Detector in keyof ActionByDetector]?: ActionByDetector[Detector] | undefined };

/** Takes each finding down and ends nothing. */
export const TELL_ALL: ActionByDetector = {
  secret: 'warn',
  canary: 'warn',
  pattern: 'warn',
  undecodable: 'pass',
};

/** In the one form that says it: a word where one is enough. */
export function canonicalActions(written: WrittenActions): Actions {
  if (typeof written === 'string') return written;
  const { secret = 'block', canary = 'block', pattern = 'block', undecodable = 'refuse' } = written;
  const isOneWord = secret === canary && secret === pattern && undecodable === 'refuse';
  return isOneWord ? secret : { secret, canary, pattern, undecodable };
}

/** The action for what this detector found. */
export function actionOn(detector: keyof ActionByDetector, actions: Actions): Action {
  if (detector !== 'undecodable') return typeof actions === 'string' ? actions : actions[detector];
  return typeof actions === 'object' && actions.undecodable === 'pass' ? 'warn' : 'block';
}

/** For where nothing can be cut out of what leaves. */
export function withoutCutting(actions: Actions): Actions {
  const uncut = (action: Action): Action => (action === 'redact' ? 'block' : action);
  if (typeof actions === 'string') return uncut(actions);
  const { secret, canary, pattern, undecodable } = actions;
  return { secret: uncut(secret), canary: uncut(canary), pattern: uncut(pattern), undecodable };
}

const DETECTORS = ['secret', 'canary', 'pattern', 'undecodable'] as const;
const STRICTNESS: readonly Action[] = ['warn', 'redact', 'block'];

/** Whether the one lets nothing out that the other does not, for each detector; undefined: nobody looks. */
export function isAsStrictAs(one: Actions | undefined, other: Actions | undefined): boolean {
  if (other === undefined) return true;
  if (one === undefined) return false;
  const strictness = (detector: keyof ActionByDetector, actions: Actions): number =>
    STRICTNESS.indexOf(actionOn(detector, actions));
  return DETECTORS.every((detector) => strictness(detector, one) >= strictness(detector, other));
}
